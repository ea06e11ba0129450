package io.switchboard.journal;

import io.quarkus.logging.LoggingFilter;
import java.util.logging.Filter;
import java.util.logging.LogRecord;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jboss.logmanager.ExtLogRecord;

/**
 * Makes a field of everything that a message says as {@code key=value}, for logs that are JSON. The keys are read from the
 * format in the source and never from what is put into it, so nobody outside can make up a field. Lets every record
 * through. Any thread.
 */
@LoggingFilter(name = "fields")
public final class LogFields implements Filter {
    /** The places of a format, with the key where there is one. */
    private static final Pattern PLACE = Pattern.compile("%%|%n|(?:\\b([a-z_]+)=)?%[sdbx]");

    @Override
    public boolean isLoggable(LogRecord entry) {
        Object[] parameters = entry.getParameters();
        if (parameters != null
                && entry instanceof ExtLogRecord record
                && record.getFormatStyle() == ExtLogRecord.FormatStyle.PRINTF) {
            addFields(record, parameters);
        }
        return true;
    }

    private static void addFields(ExtLogRecord record, Object[] parameters) {
        Matcher place = PLACE.matcher(record.getMessage());
        for (int next = 0; next < parameters.length && place.find(); ) {
            if (place.group().equals("%%") || place.group().equals("%n")) {
                continue;
            }
            if (place.group(1) != null) {
                String _ = record.putMdc(place.group(1), String.valueOf(parameters[next]));
            }
            next++;
        }
    }
}
