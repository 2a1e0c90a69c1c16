// SPDX-License-Identifier: Apache-2.0
package dev.weir.core.internal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class UrlRedactorTest {

    private final UrlRedactor redactor = UrlRedactor.standard();

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "http://svc:Pa55word@host/x http://REDACTED:REDACTED@host/x",
                "http://svc:Pa/55word@host/x http://REDACTED:REDACTED@host/x",
                "http://svc:Pa?55word@host/x http://REDACTED:REDACTED@host/x",
                "http://svc:Pa#55word@host/x http://REDACTED:REDACTED@host/x",
                "http://svc:Pa@55word@host/x http://REDACTED:REDACTED@host/x",
                "http://svc:Pa/5@5/word@host:81 http://REDACTED:REDACTED@host:81",
                "http://svc:/55word@host/x http://REDACTED:REDACTED@host/x",
                "http://svc:p@[::1]:8080/x http://REDACTED:REDACTED@[::1]:8080/x",
                "HTTPS://token@host HTTPS://REDACTED@host",
                "http://host/x?sig=Pa55word&n=1#f http://host/x?sig=REDACTED&n=1#f",
                "http://host/proxy/http://svc:Pa55word@other/x http://host/proxy/http://REDACTED:REDACTED@other/x",
                "http://a:b@host/https://c:d@e/?to=f://g:h@i&n=1 http://REDACTED:REDACTED@host/https://REDACTED:REDACTED@e/?to=f://REDACTED:REDACTED@i&n=1",
                "http://host/x;sig=Pa55word/y http://host/x;sig=REDACTED",
                "/x?Signature=a%20b /x?Signature=REDACTED"
            })
    void url_withSecrets_losesThem(String url, String safe) {
        assertThat(redactor.url(url)).isEqualTo(safe);
        assertThat(redactor.text(url)).as("as a text").isEqualTo(safe);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://host/users/a@b.com",
                "http://host:8080/users/a@b.com?mail=c@d.e",
                "http://[::1]:8080/users/a@b.com",
                "http://[::1]/users/a@b.com",
                "http://host?mail=a@b.com",
                "/users/a@b.com?signature=x&mysig=y",
                "Connection refused: localhost/127.0.0.1:1",
                "dev.weir.Handler@1a2b3c of java.base@17.0.1/java.util",
                "host:8080/users/a@b.com",
                "write to a@b.com",
                "see http://host/ and a@b.com",
                "http://host/x?to=http://other:80/y&mail=a@b.com",
                "://@",
                "@",
                "=",
                ""
            })
    void textWithoutSecrets_isReturnedAsItIs(String text) {
        assertThat(redactor.url(text)).isSameAs(text);
        assertThat(redactor.text(text)).isSameAs(text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Failed to resolve \"svc:Pa55word@h\" [A(1)] | Failed to resolve \"REDACTED:REDACTED@h\" [A(1)]",
                "illegal characters: /a b?sig=Pa55word | illegal characters: /a b?sig=REDACTED",
                "from (http://a:b@c/d) to <http://e:f@g>, failed | from (http://REDACTED:REDACTED@c/d) to <http://REDACTED:REDACTED@g>, failed",
                "a:b@c,d:e@f | REDACTED:REDACTED@c,REDACTED:REDACTED@f",
                "svc:p@ss@host svc:1234@host | REDACTED:REDACTED@host REDACTED:REDACTED@host",
                "X-Amz-Signature=abc and sig=def) | X-Amz-Signature=REDACTED and sig=REDACTED)"
            })
    void textWithSecrets_losesThem(String text, String safe) {
        assertThat(redactor.text(text)).isEqualTo(safe);
    }

    @Test
    void textAboutAUrl_losesThePartsOfItsSecretsThatStandAlone() {
        String url = "http://svc:Pa/55word@host/x?sig=Se cret";

        assertThat(redactor.text("Failed to resolve 'svc:Pa' for 55word, Se cret and Pa/55word", url))
                .isEqualTo("Failed to resolve 'REDACTED' for 55word, REDACTED and REDACTED");
        assertThat(redactor.text("nothing of it", url)).isSameAs("nothing of it");
    }

    @Test
    void parameters_canBeOthers() {
        UrlRedactor own = new UrlRedactor(Set.of("token"));

        assertThat(own.url("http://h/?token=a&sig=b")).isEqualTo("http://h/?token=REDACTED&sig=b");
        assertThat(own.text("?token=a&sig=b")).isEqualTo("?token=REDACTED&sig=b");
        assertThat(new UrlRedactor(Set.of()).text("?token=a")).isEqualTo("?token=a");
    }

    @Test
    void hostileText_isReadOnce() {
        String hostile = "@".repeat(200_000) + ":@".repeat(200_000) + "=".repeat(200_000) + "a://".repeat(100_000);

        assertThatCode(() -> redactor.text(hostile)).doesNotThrowAnyException();
    }
}
