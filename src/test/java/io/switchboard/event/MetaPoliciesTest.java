package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.switchboard.auth.Claims;
import io.switchboard.hub.Guard;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MetaPoliciesTest {
    private static Claims claims(String username, String profile, String... roles) {
        return new Claims("s-" + username, username, profile, Set.of(roles), List.of(), Instant.MAX);
    }

    private static final Claims ALICE = claims("alice", "standard", "team", "r2");

    private static boolean mayRead(String policies, Claims claims) {
        Optional<Guard.MayRead> guard = MetaPolicies.read(policies.replace('\'', '"'));
        return guard.isPresent() && guard.get().allows(claims);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "[{'Subject':'*','Action':2,'Effect':1}] | true",
                "[{'Subject':'*','Action':'READ','Effect':'allow'}] | true",
                "[{'Subject':'user:alice','Action':2,'Effect':'allow'}] | true",
                "[{'Subject':'user:bob','Action':2,'Effect':1}] | false",
                "[{'Subject':'user:s-alice','Action':2,'Effect':1}] | false",
                "[{'Subject':'user:Alice','Action':2,'Effect':1}] | false",
                "[{'Subject':'role:team','Action':2,'Effect':1}] | true",
                "[{'Subject':'role:alice','Action':2,'Effect':1}] | false",
                // only what is said of reading counts
                "[{'Subject':'*','Effect':1}] | false",
                "[{'Subject':'*','Action':0,'Effect':1}] | false",
                "[{'Subject':'*','Action':1,'Effect':1}] | false",
                "[{'Subject':'*','Action':3,'Effect':1}] | false",
                "[{'Subject':'*','Action':4,'Effect':1}] | false",
                "[{'Subject':'*','Action':'ANY','Effect':1}] | false",
                "[{'Subject':'*','Action':'OWNER','Effect':1}] | false",
                "[{'Subject':'*','Action':'WRITE','Effect':1}] | false",
                "[{'Subject':'*','Action':'EDIT_RULES','Effect':1}] | false",
                // a deny has no effect at all, or says so, and wins wherever it stands
                "[{'Subject':'*','Action':2,'Effect':1},{'Subject':'user:alice','Action':2}] | false",
                "[{'Subject':'user:alice','Action':2,'Effect':0},{'Subject':'*','Action':2,'Effect':1}] | false",
                "[{'Subject':'role:r2','Action':2,'Effect':'deny'},{'Subject':'user:alice','Action':2,'Effect':1}] | false",
                "[{'Subject':'*','Action':2,'Effect':null},{'Subject':'*','Action':2,'Effect':1}] | false",
                "[{'Subject':'user:bob','Action':2},{'Subject':'*','Action':2,'Effect':1}] | true",
                // what is denied of writing, or of anything, is not denied of reading
                "[{'Subject':'user:alice','Action':3},{'Subject':'*','Action':2,'Effect':1}] | true",
                "[{'Subject':'user:alice'},{'Subject':'*','Action':2,'Effect':1}] | true",
                // nobody is allowed unless somebody says so
                "[] | false",
                "null | false",
                "[{'Subject':'user:bob','Action':2}] | false",
                // who is meant is not known: nobody is allowed for it, and everybody denied
                "[{'Subject':'group:alice','Action':2,'Effect':1}] | false",
                "[{'Subject':'alice','Action':2,'Effect':1},{'Subject':'role:team','Action':2,'Effect':1}] | true",
                "[{'Subject':'group:x','Action':2},{'Subject':'*','Action':2,'Effect':1}] | false",
                "[{'Subject':'user:','Action':2},{'Subject':'*','Action':2,'Effect':1}] | false",
                "[{'Subject':'','Action':2,'Effect':1}] | false"
            })
    void shouldLetReadWhomItAllows(String policies, boolean expected) {
        assertThat(mayRead(policies, ALICE)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "anon, anon shared standard admin",
        "shared, shared standard admin",
        "standard, standard admin",
        "admin, admin",
        "guest, guest"
    })
    void shouldTakeAProfileForAllThatAreAbove(String policy, String profiles) {
        String allow = "[{'Subject':'profile:" + policy + "','Action':2,'Effect':1}]";
        String deny = "[{'Subject':'profile:" + policy + "','Action':2},{'Subject':'*','Action':2,'Effect':1}]";
        for (String profile : List.of("", "anon", "shared", "standard", "admin", "guest", "Admin")) {
            boolean meant = List.of(profiles.split(" ")).contains(profile);

            assertThat(mayRead(allow, claims("u", profile))).as(profile).isEqualTo(meant);
            assertThat(mayRead(deny, claims("u", profile))).as(profile).isNotEqualTo(meant);
        }
    }

    @Test
    void shouldNotTakeAnEmptyNameForAnEmptyClaim() {
        assertThat(mayRead("[{'Subject':'profile:','Action':2,'Effect':1}]", claims("u", "")))
                .isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "no JSON",
                "{}",
                "'text'",
                "7",
                "[",
                "[{'Subject':'*','Action':2,'Effect':1}",
                "[{'Subject':'*','Action':2,'Effect':1}] []",
                "[{'Subject':'*','Action':2,'Effect':1},null]",
                "[{'Subject':'*','Action':2,'Effect':1},7]",
                "[[{'Subject':'*','Action':2,'Effect':1}]]",
                "[{'Subject':'*','Action':2,'Effect':1},{'Subject':7,'Action':2}]",
                "[{'Subject':'*','Action':2,'Effect':1},{'Action':2}]",
                "[{'Subject':'*','Action':2,'Effect':1},{'Subject':'*','Action':'read'}]",
                "[{'Subject':'*','Action':2,'Effect':1},{'Subject':'*','Action':'2'}]",
                "[{'Subject':'*','Action':2,'Effect':1},{'Subject':'*','Action':5}]",
                "[{'Subject':'*','Action':2,'Effect':1},{'Subject':'*','Action':-1}]",
                "[{'Subject':'*','Action':2,'Effect':1},{'Subject':'*','Action':4294967298}]",
                "[{'Subject':'*','Action':2.0,'Effect':1}]",
                "[{'Subject':'*','Action':2,'Effect':2}]",
                "[{'Subject':'*','Action':2,'Effect':true}]",
                "[{'Subject':'*','Action':2,'Effect':'Allow'}]",
                "[{'Subject':'*','Action':2,'Effect':1,'Effect':0}]"
            })
    void shouldLetNobodyReadWhereAnythingIsWrong(String policies) {
        assertThat(MetaPolicies.read(policies.replace('\'', '"'))).isEmpty();
        assertThat(mayRead(policies, ALICE)).isFalse();
    }
}
