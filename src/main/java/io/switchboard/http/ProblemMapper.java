package io.switchboard.http;

import jakarta.ws.rs.core.Response;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns the exception into the answer. */
public final class ProblemMapper {
    @ServerExceptionMapper
    public Response map(ProblemException failure) {
        return failure.problem().response().build();
    }
}
