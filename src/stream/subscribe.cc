#include "stream/feeds.h"
#include "stream/limit_feed.h"
#include "stream/range_feed.h"
#include "stream/squash.h"

namespace octavo::stream {

Result<SubscriptionPtr> subscribe(FeedKind kind, const algebra::PlanPtr& plan, FeedOptions options,
                                  std::shared_ptr<Feeds> feeds) {
  const bool merge = options.squash && kind != FeedKind::limit;  // that one does it by itself
  TRY(auto shape, take_apart(plan));
  if ((kind == FeedKind::limit) != shape.limit.has_value()) {
    return fail(Code::unsupported, "Only a feed of the first rows has a limit.");
  }
  SubscriptionPtr feed;
  if (kind == FeedKind::limit) {
    TRY(feed, make_limit_feed(std::move(shape), std::move(options), std::move(feeds)));
  } else {
    TRY(feed, make_range_feed(std::move(shape), kind == FeedKind::point, std::move(options),
                              std::move(feeds)));
  }
  return merge ? make_squashing(std::move(feed)) : std::move(feed);
}

}  // namespace octavo::stream
