package io.switchboard.journal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.Level;
import org.junit.jupiter.api.Test;

class LogFieldsTest {
    private static Map<String, String> fields(String format, Object... parameters) {
        ExtLogRecord record = new ExtLogRecord(Level.INFO, format, ExtLogRecord.FormatStyle.PRINTF, "test");
        record.setParameters(parameters);
        assertThat(new LogFields().isLoggable(record)).isTrue();
        return record.getMdcCopy();
    }

    @Test
    void whatAMessageSaysIsAField() {
        assertThat(fields("sessions told to go away count=%d still_open=%d", 5, 0))
                .isEqualTo(Map.of("count", "5", "still_open", "0"));
    }

    @Test
    void eachFieldHasTheValueAtItsPlace() {
        assertThat(fields("%d %% of %s: reason=%s, and%n more=%s", 3, "all", "slow", true))
                .isEqualTo(Map.of("reason", "slow", "more", "true"));
    }

    /** Or a client could write fields of its own. */
    @Test
    void aValueMakesNoField() {
        assertThat(fields("topic=%s", "a level=%s admin=true")).isEqualTo(Map.of("topic", "a level=%s admin=true"));
    }

    @Test
    void tooFewValuesHarmNothing() {
        assertThat(fields("a=%s b=%s", 1)).isEqualTo(Map.of("a", "1"));
        assertThat(fields("nothing")).isEmpty();
    }

    @Test
    void otherFormatsAreLeftAlone() {
        ExtLogRecord record = new ExtLogRecord(Level.INFO, "count={0}", "test");
        record.setParameters(new Object[] {1});
        assertThat(new LogFields().isLoggable(record)).isTrue();
        assertThat(record.getMdcCopy()).isEmpty();
    }
}
