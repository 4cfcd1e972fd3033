package io.millrace.enricher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Map;
import java.util.SplittableRandom;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.EncoderFactory;
import org.junit.jupiter.api.Test;

/// The law: every field is written as Avro's own encoder writes it.
class AvroWriterTest {

    @Test
    void fieldsAreWrittenAsAvroWritesThem() throws IOException {
        long seed = System.nanoTime();
        var random = new SplittableRandom(seed);
        var writer = new AvroWriter();
        for (int round = 0; round < 2_000; round++) {
            var expected = new ByteArrayOutputStream();
            var avro = EncoderFactory.get().directBinaryEncoder(expected, null);
            writer.part();
            for (int field = random.nextInt(20); field >= 0; field--) write(writer, avro, random);
            avro.flush();
            assertThat(writer.toByteArray())
                    .as("seed %d, round %d", seed, round)
                    .isEqualTo(expected.toByteArray());
        }
    }

    @Test
    void aValueBeginsWithTheIdOfItsSchema() {
        assertThat(new AvroWriter().value(0x01020384).number(1).toByteArray())
                .isEqualTo(new byte[] {0, 1, 2, 3, (byte) 0x84, 2});
    }

    private static void write(AvroWriter writer, BinaryEncoder avro, SplittableRandom random) throws IOException {
        switch (random.nextInt(5)) {
            case 0 -> {
                long number = random.nextLong() >> random.nextInt(Long.SIZE);
                writer.number(number);
                avro.writeLong(number);
            }
            case 1 -> {
                var text = text(random);
                writer.text(text);
                avro.writeString(text);
            }
            case 2 -> {
                boolean flag = random.nextBoolean();
                writer.flag(flag);
                avro.writeBoolean(flag);
            }
            case 3 -> {
                var text = random.nextBoolean() ? null : text(random);
                writer.optionalText(text);
                avro.writeIndex(text == null ? 0 : 1);
                if (text != null) avro.writeString(text);
            }
            default -> {
                var map = random.nextBoolean() ? Map.<String, String>of() : Map.of(text(random), text(random));
                writer.texts(map);
                avro.writeMapStart();
                avro.setItemCount(map.size());
                for (var entry : map.entrySet()) {
                    avro.startItem();
                    avro.writeString(entry.getKey());
                    avro.writeString(entry.getValue());
                }
                avro.writeMapEnd();
            }
        }
    }

    private static String text(SplittableRandom random) {
        var text = new StringBuilder();
        for (int i = random.nextInt(random.nextInt(20) == 0 ? 5_000 : 20); i > 0; i--) {
            text.appendCodePoint(random.nextInt(30) == 0 ? 0x1F600 : 'a' + random.nextInt(26));
        }
        return text.toString();
    }
}
