package io.switchboard.service;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks a method of a CDI bean that answers service calls. It may take the {@link ServiceCall}, its {@link Actor} and its payload
 * as a {@link com.fasterxml.jackson.databind.JsonNode}, in any order, and gives a {@link ServiceAnswer}, a {@code JsonNode},
 * nothing (answered with {@code null}), or a {@link java.util.concurrent.CompletionStage} or {@link io.smallrye.mutiny.Uni} of
 * one of these. Anything else fails the build, and so do two methods for one name.
 *
 * <p>Runs on a virtual thread and may block. Is interrupted when its time is over. Throws {@link ServiceException} to refuse;
 * every other exception is answered with 500.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Serves {
    /** A name such as {@code orders.place}, or a pattern: {@code orders.*}, {@code *}. */
    String value();
}
