package io.switchboard.testing;

import io.switchboard.hub.Topic;
import io.switchboard.session.CloseCode;
import io.switchboard.session.SessionListener;
import io.switchboard.session.Thinning;
import java.util.ArrayList;
import java.util.List;

/** Counts what sessions report. */
public final class CountingListener implements SessionListener {
    public int open;
    public int signedIn;
    public int signInsRefused;
    public int delivered;
    public int reports;
    public int refusedByGuard;
    public int refusedByCondition;
    public int dropped;
    public final List<Thinning> thinned = new ArrayList<>();
    public final List<CloseCode> closings = new ArrayList<>();

    @Override
    public void opened() {
        open++;
    }

    @Override
    public void closed() {
        open--;
    }

    @Override
    public void signedIn() {
        signedIn++;
    }

    @Override
    public void signedOut() {
        signedIn--;
    }

    @Override
    public void signInRefused() {
        signInsRefused++;
    }

    @Override
    public void closing(CloseCode code) {
        closings.add(code);
    }

    @Override
    public void delivered(Topic.Kind kind, int publications) {
        delivered += publications;
        reports++;
    }

    @Override
    public void refusedByGuard() {
        refusedByGuard++;
    }

    @Override
    public void refusedByCondition() {
        refusedByCondition++;
    }

    @Override
    public void thinned(Thinning reason) {
        thinned.add(reason);
    }

    @Override
    public void dropped(int publications) {
        dropped += publications;
    }
}
