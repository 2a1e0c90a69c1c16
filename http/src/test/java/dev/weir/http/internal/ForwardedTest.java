// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.internal;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeadersFactory;
import io.netty.handler.codec.http.HttpHeaders;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The grammar of RFC 7239 and the headers that came before it. */
class ForwardedTest {

    /** With whatever a server that does not validate lets through. */
    private static HttpHeaders raw() {
        return DefaultHttpHeadersFactory.headersFactory().withValidation(false).newHeaders();
    }

    /** {@code ~} stands between fields of one name. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            quoteCharacter = '`',
            value = {
                "for=192.0.2.60;proto=http;by=203.0.113.43|192.0.2.60|-|http",
                "For=\"[2001:db8:cafe::17]:4711\"|2001:db8:cafe::17|-|-",
                "for=[2001:db8:cafe::17]:4711|2001:db8:cafe::17|-|-",
                "for=192.0.2.43, for=198.51.100.17|192.0.2.43|-|-",
                "for=192.0.2.43~for=198.51.100.17|192.0.2.43|-|-",
                ", ,for=192.0.2.43|192.0.2.43|-|-",
                "~for=192.0.2.43|192.0.2.43|-|-",
                "FOR=192.0.2.43:80;HOST=shop.example:8443;PROTO=HTTPS|192.0.2.43|shop.example:8443|https",
                "secret=\"a;host=evil.example,b\";for=192.0.2.60;host=shop.example;proto=https|192.0.2.60|shop.example|https",
                "secret=\"a\\\";host=evil.example,b\";for=192.0.2.60;host=shop.example|192.0.2.60|shop.example|-",
                "secret=\"\\\\\";host=shop.example|-|shop.example|-",
                "for=\"192.0.2.6\\0\"|192.0.2.60|-|-",
                "for = 192.0.2.60 ; proto = https|192.0.2.60|-|https",
                "for=unknown;host=shop.example|-|shop.example|-",
                "for=\"_gazonk\"|-|-|-",
                "for=_hidden;proto=https|-|-|https",
                "for=192.0.2.1;for=192.0.2.2|192.0.2.1|-|-",
                "host=first.example, host=second.example;for=192.0.2.1|-|first.example|-",
                "xhost=evil.example;host=shop.example|-|shop.example|-",
                "host=\"shop.example|-|-|-",
                "for=192.0.2.60 junk;host=shop.example|-|-|-",
                "host=|-|-|-",
                ";;host=shop.example;|-|shop.example|-",
                "host=a b|-|-|-",
                "proto=ftp|-|-|-",
                "host=\"/../evil\"|-|-|-",
            })
    void forwarded_isReadByItsGrammar(String fields, String client, String host, String scheme) {
        HttpHeaders headers = raw();
        for (String field : fields.split("~", -1)) {
            headers.add("Forwarded", field);
        }

        Forwarded read = Forwarded.of(headers);

        assertThat(read.client()).isEqualTo(client);
        assertThat(read.host()).isEqualTo(host);
        assertThat(read.scheme()).isEqualTo(scheme);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            quoteCharacter = '`',
            value = {
                "X-Forwarded-For|203.0.113.9|203.0.113.9|-|-",
                "X-Forwarded-For|203.0.113.9:4711, 10.0.0.1|203.0.113.9|-|-",
                "X-Forwarded-For|[2001:db8:cafe::17]:80, 10.0.0.1|2001:db8:cafe::17|-|-",
                "X-Forwarded-For|2001:db8:cafe::17|2001:db8:cafe::17|-|-",
                "X-Forwarded-For| , 203.0.113.9|203.0.113.9|-|-",
                "X-Forwarded-For|\"203.0.113.9\"|203.0.113.9|-|-",
                "X-Forwarded-For|unknown|-|-|-",
                "X-Forwarded-For|UNKNOWN, 10.0.0.1|-|-|-",
                "X-Forwarded-For|_obfuscated|-|-|-",
                "X-Forwarded-For|[::1|-|-|-",
                "X-Forwarded-For|<script>|-|-|-",
                "X-Forwarded-Host|shop.example|-|shop.example|-",
                "X-Forwarded-Host|shop.example:8443, inner|-|shop.example:8443|-",
                "X-Forwarded-Host|[2001:db8::1]:42|-|[2001:db8::1]:42|-",
                "X-Forwarded-Proto|HTTPS|-|-|https",
                "X-Forwarded-Proto|wss|-|-|https",
                "X-Forwarded-Proto|Http, https|-|-|http",
                "X-Forwarded-Proto|gopher|-|-|-",
            })
    void olderHeaders_areReadAsProxiesSendThem(String name, String field, String client, String host, String scheme) {
        HttpHeaders headers = raw().add(name, field);

        Forwarded read = Forwarded.of(headers);

        assertThat(read.client()).isEqualTo(client);
        assertThat(read.host()).isEqualTo(host);
        assertThat(read.scheme()).isEqualTo(scheme);
    }

    @Test
    void anyText_isReadWithoutHarm() {
        long seed = System.nanoTime();
        System.out.println("seed of ForwardedTest " + seed);
        Random random = new Random(seed);
        String alphabet = "for=host;proto,\"\\[]:. _%\t\u00e4;=,\"\"1a";
        String[] names = {"Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"};
        for (int round = 0; round < 200_000; round++) {
            HttpHeaders headers = raw();
            for (int field = random.nextInt(3); field >= 0; field--) {
                StringBuilder text = new StringBuilder();
                for (int i = random.nextInt(40); i > 0; i--) {
                    text.append(alphabet.charAt(random.nextInt(alphabet.length())));
                }
                headers.add(names[random.nextInt(names.length)], text);
            }

            Forwarded read = Forwarded.of(headers);

            for (String value : new String[] {read.client(), read.host()}) {
                assertThat(value == null || !value.isEmpty() && value.indexOf('"') < 0 && value.indexOf(';') < 0)
                        .as("%s of %s", value, headers)
                        .isTrue();
                if (value != null) {
                    Authority.parse(value);
                }
            }
            assertThat(read.scheme()).isIn(null, "http", "https");
        }
    }

    @Test
    void endlessField_isNotRead() {
        HttpHeaders headers = raw().add("Forwarded", "for=192.0.2.60;" + "x=y;".repeat(ForwardedElement.MAX_LENGTH))
                .add("X-Forwarded-Host", "h".repeat(300));

        Forwarded read = Forwarded.of(headers);

        assertThat(read.client()).isNull();
        assertThat(read.host()).isNull();
    }
}
