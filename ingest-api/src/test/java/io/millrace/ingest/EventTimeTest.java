package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EventTimeTest {

    @ParameterizedTest
    @CsvSource({
        "1651240791, 2022-04-29T13:59:51Z",
        "1651240791.123, 2022-04-29T13:59:51.123Z",
        "1651240791.123456, 2022-04-29T13:59:51.123456Z",
        // finer than microseconds is cut off, so that no event moves to the next period
        "1651240791.1234569, 2022-04-29T13:59:51.123456Z",
        "1661990399.9999999, 2022-08-31T23:59:59.999999Z",
        // a double would make 1651240791.1000001 of this
        "1651240791.1, 2022-04-29T13:59:51.100Z",
        "1.651240791e9, 2022-04-29T13:59:51Z",
        "0, 1970-01-01T00:00:00Z",
        "-0.0000001, 1969-12-31T23:59:59.999999Z",
        "-2208988800, 1900-01-01T00:00:00Z",
        "2022-04-29T13:59:51Z, 2022-04-29T13:59:51Z",
        "2022-04-29T15:59:51.123456789+02:00, 2022-04-29T13:59:51.123456Z",
    })
    void aTimeIsExactToTheMicrosecond(String text, Instant expected) {
        assertThat(EventTime.parse(text)).contains(expected);
        assertThat(EventTime.isInRange(expected)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "now",
                "12:00",
                "1651240791,5",
                "0x10",
                "1e1000",
                "1E20000000",
                "1e-999999999",
                "NaN",
                ".5",
                "2022-04-29",
                "2022-04-29T13:59:51",
                "2022-13-29T13:59:51Z",
                "٣",
                "+1"
            })
    void whatIsNoTimeIsNotGuessed(String text) {
        assertThat(EventTime.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1651240791123", // milliseconds
                "1e99",
                "-1e99",
                "10413792000",
                "-2208988801",
                "2300-01-01T00:00:00Z",
                "1899-12-31T23:59:59.999Z"
            })
    void aTimeOutsideOfTheCenturiesIsOutOfRange(String text) {
        assertThat(EventTime.parse(text))
                .get()
                .satisfies(time -> assertThat(EventTime.isInRange(time)).isFalse());
    }
}
