package io.switchboard.testing;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jboss.logmanager.ExtLogRecord;
import org.jboss.logmanager.formatters.PatternFormatter;

/** What a logger is given while it listens, at every level. */
public final class LogRecorder extends Handler implements AutoCloseable {
    private final Formatter formatter = new PatternFormatter("%s%e");
    private final Queue<String> texts = new ConcurrentLinkedQueue<>();
    private final Logger logger;
    private final Level level;

    public LogRecorder(String name) {
        logger = Logger.getLogger(name);
        level = logger.getLevel();
        setLevel(Level.ALL);
        logger.setLevel(Level.ALL);
        logger.addHandler(this);
    }

    /** The messages, with their exceptions. */
    public List<String> texts() {
        return List.copyOf(texts);
    }

    @Override
    public void publish(LogRecord entry) {
        texts.add(formatter.format(ExtLogRecord.wrap(entry)));
    }

    @Override
    public void flush() {}

    @Override
    public void close() {
        logger.removeHandler(this);
        logger.setLevel(level);
    }
}
