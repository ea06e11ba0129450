package io.switchboard.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
    private static final List<String> LISTED = List.of("https://Listed.example", "http://dev.example:3000");

    @ParameterizedTest
    @CsvSource(nullValues = "-", textBlock = """
            # origin                        , host                , allowed
            http://a.example                , a.example           , true
            http://a.example:5050           , a.example:5050      , true
            http://a.example                , a.example:80        , true
            http://a.example:80             , a.example           , true
            # TLS ends at a proxy: the Host header has no port, or the browser's
            https://a.example               , a.example           , true
            https://a.example               , a.example:443       , true
            https://a.example:443           , a.example           , true
            https://a.example:8443          , a.example:8443      , true
            https://a.example               , a.example:80        , false
            http://a.example                , a.example:443       , false
            https://a.example:8443          , a.example           , false
            http://a.example                , a.example:5050      , false
            http://a.example:5051           , a.example:5050      , false
            http://b.example                , a.example           , false
            http://a.example.evil           , a.example           , false
            http://evil-a.example           , a.example           , false
            http://sub.a.example            , a.example           , false
            HTTP://A.Example                , a.example           , true
            http://a.example                , A.EXAMPLE:80        , true
            http://127.0.0.1:5050           , 127.0.0.1:5050      , true
            http://127.0.0.1:5050           , localhost:5050      , false
            http://[::1]:5050               , [::1]:5050          , true
            http://[::1]                    , [::1]               , true
            http://[::1]:5050               , [::2]:5050          , false
            http://[FE80::A]                , [fe80::a]           , true
            http://file_server:5050         , file_server:5050    , true
            http://file_server              , other_server        , false
            # listed
            https://listed.example          , a.example           , true
            https://LISTED.example:443      , a.example           , true
            http://listed.example           , a.example           , false
            https://listed.example:8443     , a.example           , false
            http://dev.example:3000         , a.example           , true
            http://dev.example              , a.example           , false
            https://listed.example          , -                   , true
            # not an origin
            null                            , a.example           , false
            null                            , null                , false
            ''                              , a.example           , false
            *                               , a.example           , false
            a.example                       , a.example           , false
            //a.example                     , a.example           , false
            file://                         , a.example           , false
            ws://a.example                  , a.example           , false
            http://                         , a.example           , false
            http://a.example/               , a.example           , false
            http://a.example/path           , a.example           , false
            http://a.example?x              , a.example           , false
            http://a.example#x              , a.example           , false
            http://a.example:x              , a.example           , false
            http://a b                      , a.example           , false
            http://[::1                     , [::1                , false
            http://a.example http://b.example, a.example          , false
            # somebody else behind a name that looks right
            http://a.example@evil           , a.example           , false
            http://a.example@evil           , evil                , false
            http://a.example:x@evil         , a.example           , false
            http://evil                     , a.example@evil      , false
            http://evil                     , evil/a.example      , false
            http://a.example                , -                   , false
            http://a.example                , ''                  , false
            """)
    void shouldAllowTheSameOriginAndThoseListed(String origin, String host, boolean allowed) {
        assertThat(new Origins(LISTED, true).allows(Optional.of(origin), Optional.ofNullable(host), Optional.empty()))
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "http://a.example,http,true",
        "https://a.example,https,true",
        "http://a.example,https,false",
        "https://a.example,http,false",
        "https://listed.example,http,true",
    })
    void shouldCompareTheSchemeWhereItIsKnown(String origin, String scheme, boolean allowed) {
        assertThat(new Origins(LISTED, true).allows(Optional.of(origin), Optional.of("a.example"), Optional.of(scheme)))
                .isEqualTo(allowed);
    }

    @Test
    void shouldAllowAMissingOriginUnlessItIsRequired() {
        for (List<String> listed : List.of(List.<String>of(), LISTED, List.of("*"))) {
            assertThat(new Origins(listed, false).allows(Optional.empty(), Optional.of("a.example"), Optional.empty()))
                    .isTrue();
            assertThat(new Origins(listed, true).allows(Optional.empty(), Optional.of("a.example"), Optional.empty()))
                    .isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://b.example", "null", "garbage"})
    void shouldAllowEveryOriginWhereAllAreListed(String origin) {
        assertThat(new Origins(List.of("https://listed.example", "*"), true)
                        .allows(Optional.of(origin), Optional.of("a.example"), Optional.empty()))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "a.example",
                "*.example",
                "https://*.example",
                "https://a.example/",
                "https://user@a.example",
                "ftp://a.example"
            })
    void shouldRefuseToListWhatIsNoOrigin(String listed) {
        assertThatThrownBy(() -> new Origins(List.of(listed), false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("'" + listed + "'");
    }
}
