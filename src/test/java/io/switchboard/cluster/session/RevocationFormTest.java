package io.switchboard.cluster.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.switchboard.auth.Entitlement;
import io.switchboard.auth.Fingerprint;
import io.switchboard.auth.Revocation;
import io.switchboard.auth.Revocation.Scope;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RevocationFormTest {
    private static final Instant AT = Instant.parse("2030-01-01T00:00:00.123456789Z");

    private static final List<Scope> SCOPES = List.of(
            new Scope.OfUser("alice"),
            new Scope.OfUser("alïce/…"),
            new Scope.OfToken(new Fingerprint(1, -2, Long.MIN_VALUE, Long.MAX_VALUE)),
            new Scope.OfEntitlement(Entitlement.workspace("w"), Optional.empty()),
            new Scope.OfEntitlement(Entitlement.role("w"), Optional.empty()),
            new Scope.OfEntitlement(Entitlement.workspace("w"), Optional.of("alice")));

    @Test
    void shouldReadWhatItWrote() {
        for (Scope scope : SCOPES) {
            Revocation act = new Revocation(scope, AT);
            assertThat(RevocationForm.read(RevocationForm.write(act))).isEqualTo(act);
        }
    }

    @Test
    void shouldReadNothingThatIsCutOffOrOfAnotherVersion() {
        for (Scope scope : SCOPES) {
            byte[] bytes = RevocationForm.write(new Revocation(scope, AT));
            for (int length = 0; length < bytes.length; length++) {
                byte[] cut = Arrays.copyOf(bytes, length);
                assertThatThrownBy(() -> RevocationForm.read(cut)).isInstanceOf(UnreadableMessageException.class);
            }
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
            assertThatThrownBy(() -> RevocationForm.read(longer)).isInstanceOf(UnreadableMessageException.class);
            byte[] other = bytes.clone();
            other[0]++;
            assertThatThrownBy(() -> RevocationForm.read(other)).isInstanceOf(UnreadableMessageException.class);
        }
    }

    @Test
    void shouldKeepEachThingInAPlaceOfItsOwnThatDoesNotShowIt() {
        assertThat(SCOPES.stream().map(RevocationForm::key))
                .doesNotHaveDuplicates()
                .allMatch(key -> key.matches("(user|token|workspace|role)\\.[0-9a-f]{64}"));
    }
}
