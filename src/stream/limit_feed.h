#pragma once

#include "stream/feeds.h"
#include "stream/shape.h"

namespace octavo::stream {

// Follows the first n rows of an ordered scan. Each committed change makes at most one item per row
// that enters, leaves or changes, with the places it had and has; a row that is pushed out by
// another leaves in the same item.
Result<SubscriptionPtr> make_limit_feed(Shape shape, FeedOptions options,
                                        std::shared_ptr<Feeds> feeds);

}  // namespace octavo::stream
