package io.switchboard.cluster.session;

import io.switchboard.auth.Revocation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An archive that can fail, and counts how often it is written to. One thread. */
final class MemoryArchive implements RevocationArchive {
    private final Map<String, byte[]> acts = new LinkedHashMap<>();
    private boolean failing;
    private int puts;

    void fail(boolean now) {
        failing = now;
    }

    int puts() {
        return puts;
    }

    @Override
    public void put(Revocation act) throws IOException {
        check();
        puts++;
        byte[] before = acts.get(RevocationForm.key(act.scope()));
        if (before == null || RevocationForm.read(before).at().isBefore(act.at())) {
            acts.put(RevocationForm.key(act.scope()), RevocationForm.write(act));
        }
    }

    @Override
    public List<Revocation> all() throws IOException {
        check();
        List<Revocation> all = new ArrayList<>();
        acts.values().forEach(act -> all.add(RevocationForm.read(act)));
        return all;
    }

    private void check() throws IOException {
        if (failing) {
            throw new IOException("out of order");
        }
    }
}
