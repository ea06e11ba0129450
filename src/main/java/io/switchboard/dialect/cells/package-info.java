/** Pydio Cells: events to the web client. */
package io.switchboard.dialect.cells;
