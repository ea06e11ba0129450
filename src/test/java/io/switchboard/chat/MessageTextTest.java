package io.switchboard.chat;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageTextTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "hello",
                "it's \"fine\", isn't it? 1+1=2; a@b.example #tag `code` *bold* ünï 😀",
                "first\n\n  second\ttabbed",
                "**bold** and <b>bold</b>, <i>italic</i>, <del>no</del>",
                "<ul><li>one</li><li>two</li></ul>",
                "<img src=\"https://example.org/a.png\" alt=\"a\">",
            })
    void whatUsersMayWriteStaysAsItIs(String text) {
        assertThat(MessageText.harmless(text)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "a<script>alert(1)</script>b | ab",
                "<img src=x onerror=alert(1)> | <img>",
                "<a href=\"javascript:alert(1)\">x</a> | <a rel=\"nofollow noreferrer noopener\">x</a>",
                "<a href=\"https://example.org\" onclick=\"x()\">x</a> | <a href=\"https://example.org\" rel=\"nofollow noreferrer noopener\">x</a>",
                "<style>body{}</style>x | x",
                "<iframe src=\"https://example.org\"></iframe>x | x",
                "<form action=\"/x\"><input name=a></form>x | x",
                "<svg onload=alert(1)>x</svg> | x",
                "<p style=\"position:fixed\">x</p> | <p>x</p>",
                "1 < 2 & 3 > 2 | 1 &lt; 2 &amp; 3 &gt; 2",
                "<ScRiPt>x</sCrIpT>y | y",
                "<math><mi//xlink:href=\"data:x,<script>alert(4)</script>\">z | z",
            })
    void whatIsDangerousGoes(String text, String harmless) {
        assertThat(MessageText.harmless(text)).isEqualTo(harmless);
    }

    /** Parsers that call themselves for each level would end here. */
    @Test
    void deepNestingEnds() {
        String deep = "<div>".repeat(10_000) + "x";
        assertThat(MessageText.harmless(deep)).contains("x").doesNotContain("script");
    }
}
