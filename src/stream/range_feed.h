#pragma once

#include "stream/feeds.h"
#include "stream/shape.h"

namespace octavo::stream {

// Follows the rows of a scan, each on its own. A point feed is the same over one key, except that
// its initial value is sent also when there is no row.
Result<SubscriptionPtr> make_range_feed(Shape shape, bool point, FeedOptions options,
                                        std::shared_ptr<Feeds> feeds);

}  // namespace octavo::stream
