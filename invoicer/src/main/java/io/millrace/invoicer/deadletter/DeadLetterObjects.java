package io.millrace.invoicer.deadletter;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.millrace.event.RawEvent;
import io.millrace.invoicer.InvoicerSettings;
import io.millrace.invoicer.contract.Shown;
import io.millrace.invoicer.contract.Wire;
import io.millrace.registry.AvroDeserializer;
import io.millrace.registry.HttpSchemaRegistry;
import io.millrace.registry.RegistryUnavailableException;
import io.millrace.topic.Topics;
import jakarta.inject.Singleton;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import org.apache.kafka.common.errors.SerializationException;
import org.jspecify.annotations.Nullable;

/// Dead letters as the API shows them.
@Singleton
public class DeadLetterObjects {
    private final AvroDeserializer<RawEvent> events;

    DeadLetterObjects(InvoicerSettings settings) {
        this.events =
                new AvroDeserializer<>(HttpSchemaRegistry.of(settings.schemaRegistryUrl()), Topics.EVENTS_RAW.value());
    }

    /// @param timestamp event time; exact
    /// @param reDrivenAt the last time; null if never
    /// @param reDrivenAs the id of the dead letter that it becomes if it fails again
    /// @param enriched true where its event counts since, by the record that was refused
    /// @param origin left out of lists
    @Wire
    public record DeadLetterObject(
            String id,
            String stage,
            String reason,
            String message,
            @Nullable String externalSubscriptionId,
            @Nullable String transactionId,
            @Nullable String code,
            @Nullable String timestamp,
            String ingestedAt,
            String deadLetteredAt,
            @Nullable String reDrivenAt,
            @Nullable String reDrivenAs,
            boolean enriched,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            OriginObject origin) {}

    /// @param key as text; null where it is none
    /// @param keyBase64 where it is no text
    /// @param valueSha256 where the value is larger than what is kept of it
    /// @param event the value, where it is one
    /// @param valueBase64 the value, or its beginning, where it is no event
    @Wire
    record OriginObject(
            String topic,
            @Nullable String key,
            @Nullable String keyBase64,
            long valueSize,
            @Nullable String valueSha256,
            @Nullable EventObject event,
            @Nullable String valueBase64) {}

    @Wire
    record EventObject(
            String organizationId,
            String externalSubscriptionId,
            String transactionId,
            String code,
            String timestamp,
            Map<String, String> properties,
            @Nullable String preciseTotalAmountCents,
            String source) {}

    public DeadLetterObject brief(DeadLetter letter) {
        return object(letter, null);
    }

    /// With the original.
    DeadLetterObject whole(DeadLetter letter) {
        var key = letter.originKey();
        var text = key == null ? null : text(key);
        var event = event(letter);
        return object(
                letter,
                new OriginObject(
                        letter.originTopic(),
                        text,
                        key == null || text != null ? null : base64(key),
                        letter.originValueSize(),
                        letter.originValueSha256(),
                        event,
                        event == null ? base64(letter.originValue()) : null));
    }

    private static DeadLetterObject object(DeadLetter letter, @Nullable OriginObject origin) {
        return new DeadLetterObject(
                letter.id(),
                letter.stage(),
                letter.reason(),
                letter.message(),
                told(letter.externalSubscriptionId()),
                told(letter.transactionId()),
                told(letter.code()),
                letter.timestamp() == null ? null : letter.timestamp().toString(),
                Shown.time(letter.ingestedAt()),
                Shown.time(letter.deadLetteredAt()),
                Shown.timeOrNull(letter.reDrivenAt()),
                letter.reDrivenAs(),
                letter.enriched(),
                origin);
    }

    private @Nullable EventObject event(DeadLetter letter) {
        if (!letter.isRaw()) return null;
        try {
            var event = events.deserialize(letter.originTopic(), letter.originValue());
            return event == null
                    ? null
                    : new EventObject(
                            event.getOrganizationId(),
                            event.getExternalSubscriptionId(),
                            event.getTransactionId(),
                            event.getCode(),
                            event.getTimestamp().toString(),
                            event.getProperties(),
                            event.getPreciseTotalAmountCents(),
                            event.getSource());
        } catch (SerializationException | RegistryUnavailableException e) {
            // No event, or nobody can tell now: the bytes are shown instead.
            return null;
        }
    }

    private static @Nullable String told(String text) {
        return text.isEmpty() ? null : text;
    }

    private static @Nullable String text(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static String base64(byte[] bytes) {
        return Base64.getEncoder().encodeToString(bytes);
    }
}
