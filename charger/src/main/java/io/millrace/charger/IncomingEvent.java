package io.millrace.charger;

import io.millrace.event.ExpandedEvent;
import io.millrace.topic.Keys;

/// An event in one charge, to be paid in advance.
record IncomingEvent(ExpandedEvent event, Origin origin) {

    /// Key of the event's subscription: that of all event topics.
    String key() {
        return Keys.subscription(event.getOrganizationId(), event.getExternalSubscriptionId());
    }
}
