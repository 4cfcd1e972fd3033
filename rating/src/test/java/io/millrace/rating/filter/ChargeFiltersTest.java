package io.millrace.rating.filter;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChargeFiltersTest {

    private static final Map<String, List<String>> DECLARED = Map.of(
            "steps", List.of("25", "50", "75", "100"),
            "size", List.of("512", "1024"),
            "model", List.of("small", "large"));

    @ParameterizedTest(name = "{0} takes {1}: {2}")
    @CsvSource(delimiter = '|', textBlock = """
            # filters, oldest first                          | event               | taken by
            a size=512                                        | size=512            | a
            a size=512                                        | size=1024           | -
            a size=512                                        | steps=25            | -
            a size=512                                        | ''                  | -
            a size=512 ; b size=512,steps=25                  | size=512 steps=25   | b
            a size=512,steps=25 ; b size=512                  | size=512 steps=25   | a
            a size=512+1024 ; b size=512                      | size=512            | b
            a size=512+1024 ; b size=512                      | size=1024           | a
            a size=* ; b size=512                             | size=512            | b
            a size=* ; b size=512+1024                        | size=512            | a
            a size=*                                          | size=2048           | -
            a size=2048                                       | size=2048           | a
            a size=*+2048                                     | size=2048           | a
            a other=*                                         | other=x             | -
            a size=512 ; b size=512                           | size=512            | a
            b size=512 ; a size=512                           | size=512            | b
            a size=512+1024,steps=25+50 ; b size=512,steps=25+75 | size=512 steps=25 | a
            a size=512+1024,steps=25+50 ; b size=512,steps=25+75 | size=512 steps=75 | b
            a size=512,steps=25+50 ; b size=512+1024,steps=25 | size=512 steps=25   | a
            a size=512 ; b model=large                        | size=512 model=large | a
            a model=large ; b size=512                        | size=512 model=large | a
            old size=512+1024,steps=25+50 ; mid size=512+1024,steps=25+75 ; new size=512,steps=25+50 | size=512 steps=25 | mid
            old size=512+1024,steps=25+50 ; mid size=512+1024,steps=25+75 ; new size=512,steps=25+50 | size=1024 steps=25 | old
            a '' ; b size=512                                 | size=512            | b
            a size=                                           | size=512            | -
            a size=,steps=25 ; b steps=25                     | size=512 steps=25   | b
            """)
    void theMostSpecificFilterTakesTheEvent(String filters, String event, String expected) {
        ChargeFilters compiled = ChargeFilters.compile(DECLARED, filters(filters));

        assertThat(compiled.match(properties(event)).map(ChargeFilter::id).orElse("-"))
                .isEqualTo(expected);
    }

    @Test
    void filtersOfTheSameInstantAreOrderedById() {
        Instant same = Instant.parse("2026-01-01T00:00:00Z");
        ChargeFilters compiled = ChargeFilters.compile(
                DECLARED,
                List.of(
                        new ChargeFilter("b", same, Map.of("size", List.of("512"))),
                        new ChargeFilter("a", same, Map.of("model", List.of("large")))));

        assertThat(compiled.match(Map.of("size", "512", "model", "large")).map(ChargeFilter::id))
                .contains("a");
    }

    @Test
    void aChargeWithoutFiltersTakesEveryEventAtItsDefault() {
        assertThat(ChargeFilters.NONE.match(Map.of("size", "512"))).isEmpty();
    }

    /// `a size=512+1024,steps=* ; b size=512`: id, then values by property; the first is the oldest.
    private static List<ChargeFilter> filters(String text) {
        List<ChargeFilter> filters = new ArrayList<>();
        for (String one : text.split(";")) {
            String[] idAndValues = one.strip().split(" ", 2);
            Map<String, List<String>> values = new LinkedHashMap<>();
            if (idAndValues.length > 1 && !idAndValues[1].equals("''")) {
                for (String property : idAndValues[1].split(",")) {
                    String[] keyAndValues = property.split("=", 2);
                    values.put(
                            keyAndValues[0],
                            List.of(keyAndValues[1].split("\\+")).stream()
                                    .filter(value -> !value.isEmpty())
                                    .map(value -> value.equals("*") ? ChargeFilter.ALL_VALUES : value)
                                    .toList());
                }
            }
            filters.add(new ChargeFilter(idAndValues[0], Instant.ofEpochSecond(filters.size()), values));
        }
        return filters;
    }

    private static Map<String, String> properties(String text) {
        return List.of(text.split(" ")).stream()
                .filter(property -> property.contains("="))
                .map(property -> property.split("=", 2))
                .collect(Collectors.toMap(property -> property[0], property -> property[1]));
    }
}
