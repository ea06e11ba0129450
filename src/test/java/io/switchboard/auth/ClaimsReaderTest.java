package io.switchboard.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.switchboard.auth.TokenRejectedException.Reason;
import io.switchboard.auth.View.Permission;
import io.switchboard.auth.View.Root;
import io.switchboard.config.SwitchboardConfig;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jose4j.json.JsonUtil;
import org.jose4j.lang.JoseException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ClaimsReaderTest {
    private static final Instant END = Instant.parse("2030-01-01T00:00:00Z");

    private final ClaimsReader reader = reader(Map.of());

    private static ClaimsReader reader(Map<String, String> settings) {
        return new ClaimsReader(Verification.config(new HashMap<>(settings))
                .getConfigMapping(SwitchboardConfig.class)
                .auth()
                .claims());
    }

    private Claims read(String json) throws TokenRejectedException {
        return read(reader, json);
    }

    private static Claims read(ClaimsReader reader, String json) throws TokenRejectedException {
        try {
            return reader.read(JsonUtil.parseJson(json.replace('\'', '"')), END, TokenFacts.NONE);
        } catch (JoseException e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'name':'a','preferred_username':'b','upn':'c','sub':'d'} | a | d",
                "{'preferred_username':'b','upn':'c','sub':'d'}            | b | d",
                "{'upn':'c','sub':'d'}                                     | c | d",
                "{'sub':'d'}                                               | d | d",
                "{'name':'','upn':'c'}                                     | c | c",
                "{'name':null,'upn':'c','sub':''}                          | c | c",
                "{'name':'  ','upn':'c','sub':null}                        | c | c",
            })
    void users(String json, String username, String subject) throws Exception {
        Claims claims = read(json);

        assertThat(claims.username()).isEqualTo(username);
        assertThat(claims.subject()).isEqualTo(subject);
        assertThat(claims.profile()).isEmpty();
        assertThat(claims.roles()).isEmpty();
        assertThat(claims.views()).isEmpty();
        assertThat(claims.expiresAt()).isEqualTo(END);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{'name':'a','roles':['x','y'],'groups':['z']} | x,y",
                "{'name':'a','roles':' x , ,y,x,'}             | x,y",
                "{'name':'a','roles':[' x ','']}               | x",
                "{'name':'a','roles':[],'groups':'z'}          | z",
                "{'name':'a','roles':'','groups':['z']}        | z",
                "{'name':'a','roles':null,'groups':['z']}      | z",
            })
    void roles(String json, String roles) throws Exception {
        assertThat(read(json).roles()).containsExactlyInAnyOrder(roles.split(",", -1));
    }

    @Test
    void workspaces() throws Exception {
        Claims claims = read("""
                {'name':'a','profile':'admin','workspaces':[
                  'w1',
                  {'uuid':'w2'},
                  {'uuid':'w3','slug':'files','label':'Files','permission':'read',
                   'roots':['ds/a','/ds/b/',{'path':'ds/c.txt','key':'c','file':true},{'path':'ds/d','key':null}]},
                  {'uuid':'w4','slug':'','roots':[],'permission':'write','label':null},
                  'w1',
                  {'uuid':'w1','roots':null,'permission':null}
                ]}""");

        assertThat(claims.profile()).isEqualTo("admin");
        assertThat(claims.views())
                .containsExactly(
                        view("w1"),
                        view("w2"),
                        new View(
                                "w3",
                                Optional.of("files"),
                                List.of(
                                        new Root("ds/a", Optional.empty(), false),
                                        new Root("ds/b", Optional.empty(), false),
                                        new Root("ds/c.txt", Optional.of("c"), true),
                                        new Root("ds/d", Optional.empty(), false)),
                                Permission.READ),
                        view("w4"));
    }

    private static View view(String uuid) {
        return new View(uuid, Optional.empty(), List.of(), Permission.WRITE);
    }

    @Test
    void equalViewsAreOne() throws Exception {
        String token = "{'name':'a','workspaces':[{'uuid':'w','roots':['ds/a']}]}";

        assertThat(read(token).views().getFirst())
                .isSameAs(read(token.replace("'a',", "'b',")).views().getFirst());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{'name':''}",
                "{'name':1}",
                "{'name':['a']}",
                "{'name':{'a':1},'sub':'s'}",
                "{'name':'a','sub':1}",
                "{'name':'a','profile':1}",
                "{'name':'a','profile':['admin']}",
                "{'name':'a','roles':1}",
                "{'name':'a','roles':{'x':1}}",
                "{'name':'a','roles':['x',1]}",
                "{'name':'a','roles':['x',null]}",
                "{'name':'a','roles':[['x']]}",
                "{'name':'a','roles':{},'groups':'x'}",
                "{'name':'a','workspaces':'w'}",
                "{'name':'a','workspaces':{'uuid':'w'}}",
                "{'name':'a','workspaces':1}",
                "{'name':'a','workspaces':[1]}",
                "{'name':'a','workspaces':[null]}",
                "{'name':'a','workspaces':['']}",
                "{'name':'a','workspaces':[['w']]}",
                "{'name':'a','workspaces':[{}]}",
                "{'name':'a','workspaces':[{'uuid':''}]}",
                "{'name':'a','workspaces':[{'uuid':1}]}",
                "{'name':'a','workspaces':[{'uuid':'w','slug':1}]}",
                "{'name':'a','workspaces':[{'uuid':'w','label':1}]}",
                "{'name':'a','workspaces':[{'uuid':'w','permission':'READ'}]}",
                "{'name':'a','workspaces':[{'uuid':'w','permission':'none'}]}",
                "{'name':'a','workspaces':[{'uuid':'w','permission':1}]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':'ds/a'}]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':[1]}]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':['']}]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':['//']}]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':[{}]}]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':[{'path':1}]}]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':[{'path':'ds/a','key':1}]}]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':[{'path':'ds/a','file':'true'}]}]}",
            })
    void otherShapesAreRefused(String json) {
        assertThatExceptionOfType(TokenRejectedException.class)
                .isThrownBy(() -> read(json))
                .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.CLAIMS))
                .withNoCause();
    }

    @Test
    void messagesNameTheClaimAndHoldNoValue() {
        assertThatExceptionOfType(TokenRejectedException.class)
                .isThrownBy(() -> read("{'name':'a','workspaces':[{'uuid':'w','permission':'xyzzy'}]}"))
                .withMessageContaining("claim workspaces")
                .withMessageContaining("read or write")
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("xyzzy"));
        assertThatExceptionOfType(TokenRejectedException.class)
                .isThrownBy(() -> read("{}"))
                .withMessage("the token names no user: it needs one of the claims name, preferred_username, upn, sub");
    }

    @Test
    void bounds() {
        String text = "x".repeat(ClaimsReader.MAX_TEXT + 1);
        for (String json : List.of(
                "{'name':'" + text + "'}",
                "{'name':'a','roles':['" + text + "']}",
                "{'name':'a','roles':'" + "r,".repeat(ClaimsReader.MAX_ROLES) + "r'}",
                "{'name':'a','workspaces':['w'" + ",'w'".repeat(ClaimsReader.MAX_WORKSPACES) + "]}",
                "{'name':'a','workspaces':[{'uuid':'w','roots':['r'" + ",'r'".repeat(ClaimsReader.MAX_ROOTS)
                        + "]}]}")) {
            assertThatExceptionOfType(TokenRejectedException.class)
                    .isThrownBy(() -> read(json))
                    .satisfies(e -> assertThat(e.reason()).isEqualTo(Reason.CLAIMS));
        }
    }

    @Test
    void namesCanBeSet() throws Exception {
        ClaimsReader other = reader(Map.of(
                "switchboard.auth.claims.username", "user/login,email",
                "switchboard.auth.claims.profile", "user/profile",
                "switchboard.auth.claims.roles", "https://example.org/app/roles,realm_access/roles",
                "switchboard.auth.claims.workspaces", "https://example.org/app/cells"));

        Claims nested = read(other, """
                {'user':{'login':'a','profile':'standard'},'realm_access':{'roles':['r']},
                 'https://example.org/app':{'cells':['w']}}""");
        Claims literal = read(other, """
                {'user/login':'b','user':{'login':'a'},'https://example.org/app/roles':'q',
                 'https://example.org/app/cells':['v']}""");
        Claims third = read(other, "{'user':'x','email':'c','realm_access':[]}");

        assertThat(nested.username()).isEqualTo("a");
        assertThat(nested.profile()).isEqualTo("standard");
        assertThat(nested.roles()).containsExactly("r");
        assertThat(nested.views()).containsExactly(view("w"));
        assertThat(literal.username()).isEqualTo("b");
        assertThat(literal.roles()).containsExactly("q");
        assertThat(literal.views()).containsExactly(view("v"));
        assertThat(third.username()).isEqualTo("c");
    }
}
