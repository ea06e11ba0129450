package io.switchboard.service;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * No call on behalf of a session reaches the method: it is answered with 403, and no other service is asked. Keeps a name
 * from clients that a wider pattern would serve. On a class it counts for all its {@link Serves} methods that say nothing
 * themselves.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface ForbidActor {}
