package io.switchboard.dialect.openflow;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DocumentFilterTest {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    private static JsonNode json(String text) throws JsonProcessingException {
        return MAPPER.readTree(text.replace('\'', '"'));
    }

    private static DocumentFilter filter(String aggregates) throws JsonProcessingException {
        return DocumentFilter.of(MAPPER, json(aggregates));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"null", "[]", "''", "' '", "['$.']", "['$']", "'[]'", "'null'", "['$.x','$.']", "[{'$match':{}}]"
            })
    void whoAsksForNothingIsToldOfEverything(String aggregates) throws Exception {
        assertThat(filter(aggregates).matches(json("{'a':1}"))).isTrue();
        assertThat(filter(aggregates).matches(MissingNode.getInstance())).isTrue();
    }

    @Test
    void nothingAtAllIsEverythingToo() {
        assertThat(DocumentFilter.of(MAPPER, MissingNode.getInstance()).isAll()).isTrue();
    }

    /** As OpenRPA writes them, and Node-RED. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '~', textBlock = """
            $.[?(@ && @._type == 'workflow')] ; {'_type':'workflow'}           ; true
            $.[?(@ && @._type == 'workflow')] ; {'_type':'robot'}              ; false
            $.[?(@ && @._type == 'workflow')] ; {}                             ; false
            $[?(@._type == 'workflow')]       ; {'_type':'workflow','n':1}     ; true
            $.[?(@.n > 3)]                    ; {'n':4}                        ; true
            $.[?(@.n > 3)]                    ; {'n':3}                        ; false
            $.[?(@.a == 1 && (@.b == 2 || @.c == 3))] ; {'a':1,'c':3}          ; true
            $.[?(@.a == 1 && (@.b == 2 || @.c == 3))] ; {'a':1,'c':2}          ; false
            $.a.name                          ; {'name':'x'}                   ; true
            $.a.name                          ; {'other':'x'}                  ; false
            $.[?(@.tags)]                     ; {'tags':[1]}                   ; true
            """)
    void aPathThatHitsIsEnough(String path, String document, boolean expected) throws Exception {
        JsonNode aggregates = MAPPER.createArrayNode().add(path);
        assertThat(DocumentFilter.of(MAPPER, aggregates).matches(json(document)))
                .isEqualTo(expected);
        assertThat(DocumentFilter.of(MAPPER, MAPPER.getNodeFactory().textNode(aggregates.toString()))
                        .matches(json(document)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            {'a':1}                              | {'a':1}           | true
            {'a':1}                              | {'a':1.0}         | true
            {'a':1}                              | {'a':'1'}         | false
            {'fullDocument.a':1}                 | {'a':1}           | true
            {'fullDocument.a.b':1}               | {'a':{'b':1}}     | true
            {'a':1,'b':2}                        | {'a':1}           | false
            {'a':null}                           | {}                | true
            {'a':{'x':1}}                        | {'a':{'x':1}}     | true
            {'a':{'x':1}}                        | {'a':{'x':1,'y':2}} | false
            {'a':'x'}                            | {'a':['y','x']}   | true
            {'a':{'$eq':'x'}}                    | {'a':'x'}         | true
            {'a':{'$in':[1,2]}}                  | {'a':2}           | true
            {'a':{'$in':[1,2]}}                  | {'a':3}           | false
            {'a':{'$in':[]}}                     | {'a':3}           | false
            {'a':{'$exists':true}}               | {'a':null}        | true
            {'a':{'$exists':true}}               | {}                | false
            {'a':{'$exists':false}}              | {}                | true
            {'$or':[{'a':1},{'b':1}]}            | {'b':1}           | true
            {'$or':[{'a':1},{'b':1}]}            | {'c':1}           | false
            {'$and':[{'a':1},{'$or':[{'b':1},{'c':1}]}]} | {'a':1,'c':1} | true
            {'$and':[{'a':1},{'b':1}]}           | {'a':1}           | false
            """)
    void conditionsAllCount(String match, String document, boolean expected) throws Exception {
        assertThat(filter("[{'$match':" + match + "}]").matches(json(document))).isEqualTo(expected);
    }

    @Test
    void pathsAndConditionsTogetherBothCount() throws Exception {
        DocumentFilter both = DocumentFilter.of(
                MAPPER, MAPPER.createArrayNode().add("$.[?(@.a == 1)]").add(json("{'$match':{'b':2}}")));
        assertThat(both.matches(json("{'a':1,'b':2}"))).isTrue();
        assertThat(both.matches(json("{'a':1}"))).isFalse();
        assertThat(both.matches(json("{'b':2}"))).isFalse();
    }

    /** Each event is asked about for each watch, on the thread that delivers: nobody may make that take long. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "['$..a']",
                "['$.[?(@.a =~ /(a+)+b/)]']",
                "['$.a.length()']",
                "['$.concat(1)']",
                "['a']",
                "['$.[?(']",
                "[1]",
                "[null]",
                "{'$match':{}}",
                "[{'$match':1}]",
                "[{'$match':{},'$limit':1}]",
                "[{'$project':{}}]",
                "[{'$match':{'$where':'1'}}]",
                "[{'$match':{'a':{'$regex':'x'}}}]",
                "[{'$match':{'a':{'$in':1}}}]",
                "[{'$match':{'$or':[]}}]",
                "[{'$match':{'$and':{'a':1}}}]",
                "'x'",
                "'['",
                "7"
            })
    void whatIsCostlyOrNotKnownIsRefusedWithAnExplanation(String aggregates) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> filter(aggregates))
                .withMessageStartingWith("send aggregates as a list of JSONPaths");
    }

    @Test
    void howLongAndHowDeepIsBounded() {
        assertThatIllegalArgumentException().isThrownBy(() -> filter("['$." + "a".repeat(5000) + "']"));
        assertThatIllegalArgumentException().isThrownBy(() -> filter("[" + "'$.a',".repeat(40) + "'$.a']"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> filter("[{'$match':" + "{'$and':[".repeat(40) + "{'a':1}" + "]}".repeat(40) + "}]"));
    }
}
