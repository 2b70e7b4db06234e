#pragma once

#include "stream/subscription.h"

namespace octavo::stream {

// Merges the changes of one value that a `poll` or `gather` finds waiting: the first old value, the
// last new one, in the order in which they were last seen, so that cursors only grow and a feed
// that is resumed after any item ends up with the same rows; what ends where it began is dropped.
// Changes are chained by value: the old value of a change is the new value of the one before.
SubscriptionPtr make_squashing(SubscriptionPtr feed);

}  // namespace octavo::stream
