/// Usage that is paid for as it happens: the fee of each event, exactly once.
@NullMarked
package io.millrace.charger;

import org.jspecify.annotations.NullMarked;
