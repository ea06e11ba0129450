/**
 * What must last, in SQL: SQLite or PostgreSQL. One thread writes, and commits what waits together; few read. A <em>batch</em> is
 * what one transaction carries out; a <em>command</em> is one change of it.
 */
package io.switchboard.storage;
