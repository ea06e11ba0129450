/** Who may subscribe to which topics and publish on them, where claims alone do not decide. Pure. */
package io.switchboard.rule;
