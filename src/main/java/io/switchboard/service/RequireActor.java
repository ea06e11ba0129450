package io.switchboard.service;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Only calls on behalf of a user with one of these roles reach the method; others are answered with 403, or with 401 where nobody is
 * signed in. On a class it counts for all its {@link Serves} methods that say nothing themselves.
 */
@Documented
@Target({ElementType.METHOD, ElementType.TYPE})
@Retention(RetentionPolicy.RUNTIME)
public @interface RequireActor {
    /** Any one of them is enough; none: every user. */
    String[] roles() default {};
}
