package io.switchboard;

import io.switchboard.event.IdmEvent;
import io.switchboard.event.IdmEvent.Change;
import io.switchboard.event.IdmEvent.Entity;
import io.switchboard.event.IdmListener;
import io.switchboard.log.Position;
import io.switchboard.session.Withdrawals;
import jakarta.inject.Singleton;

/** Takes a workspace or a role that was deleted out of every session, where {@code switchboard.auth.on-idm} says so. */
@Singleton
final class IdmWithdrawal implements IdmListener {
    private final Withdrawals withdrawals;

    IdmWithdrawal(Withdrawals withdrawals) {
        this.withdrawals = withdrawals;
    }

    @Override
    public void changed(Position position, IdmEvent event) {
        if (event.change() != Change.DELETE) {
            return;
        }
        switch (event.entity()) {
            case Entity.Workspace workspace -> withdrawals.workspaceDeleted(workspace.uuid(), position);
            case Entity.Role role -> withdrawals.roleDeleted(role.uuid(), position);
            // the right of a role is not the role, and users are revoked by an operator
            case Entity.Acl _, Entity.User _, Entity.Other _ -> {}
        }
    }
}
