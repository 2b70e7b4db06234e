#include "dialect/sql/convert/zone.h"

#include <unicode/timezone.h>

#include <map>
#include <mutex>

#include "base/mutex.h"
#include "base/text.h"
#include "dialect/sql/convert/calendar.h"

namespace octavo::sql {
namespace {

class Fixed final : public Zone {
 public:
  explicit Fixed(std::int64_t offset) : offset_(offset) {}
  std::int64_t offset_at(std::int64_t /*utc_seconds*/) const override { return offset_; }
  Local to_utc(std::int64_t local_seconds) const override {
    return {.utc_seconds = local_seconds - offset_};
  }

 private:
  std::int64_t offset_;
};

// By the rules of ICU. Its zones may be asked from several threads.
class Named final : public Zone {
 public:
  explicit Named(std::unique_ptr<icu::TimeZone> rules) : rules_(std::move(rules)) {}

  std::int64_t offset_at(std::int64_t utc_seconds) const override {
    std::int32_t raw = 0;
    std::int32_t saving = 0;
    UErrorCode fault = U_ZERO_ERROR;
    rules_->getOffset(static_cast<double>(utc_seconds) * 1'000, false, raw, saving, fault);
    return U_FAILURE(fault) ? 0 : (raw + saving) / 1'000;
  }

  // A clock is moved by less than a day: the offsets around are those that may hold.
  Local to_utc(std::int64_t local_seconds) const override {
    constexpr std::int64_t kAround = 86'400;
    const std::int64_t before = offset_at(local_seconds - kAround);
    const std::int64_t after = offset_at(local_seconds + kAround);
    for (const std::int64_t offset : {before, after}) {
      if (offset_at(local_seconds - offset) == offset) {
        return {.utc_seconds = local_seconds - offset};
      }
    }
    // In a gap: its end is where the clock shows the later offset first.
    std::int64_t low = local_seconds - kAround;
    std::int64_t high = local_seconds + kAround;
    while (low + 1 < high) {
      const std::int64_t middle = low + (high - low) / 2;
      (offset_at(middle) == after ? high : low) = middle;
    }
    return {.utc_seconds = high, .exists = false};
  }

 private:
  std::unique_ptr<icu::TimeZone> rules_;
};

std::unique_ptr<Zone> make_offset(std::string_view text) {
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  const std::size_t colon = text.find(':');
  if (colon == text.npos) return nullptr;
  const auto hours = parse_number<int>(text.substr(0, colon));
  const auto minutes = parse_number<int>(text.substr(colon + 1));
  if (!hours || !minutes || *hours < 0 || *minutes < 0 || *minutes > 59) return nullptr;
  const int offset = (*hours * 60 + *minutes) * (negative ? -1 : 1);
  constexpr int kLeast = -(13 * 60 + 59), kMost = 14 * 60;
  if (offset < kLeast || offset > kMost) return nullptr;
  return std::make_unique<Fixed>(offset * 60);
}

std::unique_ptr<Zone> make_named(std::string_view text) {
  if (equals_ignoring_case(text, "UTC")) return std::make_unique<Fixed>(0);
  std::unique_ptr<icu::TimeZone> rules(icu::TimeZone::createTimeZone(
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())))));
  if (rules == nullptr || *rules == icu::TimeZone::getUnknown()) return nullptr;
  return std::make_unique<Named>(std::move(rules));
}

std::unique_ptr<Zone> make_zone(std::string_view text) {
  constexpr std::size_t kLongest = 64;
  if (text.empty() || text.size() > kLongest) return nullptr;
  return text.front() == '+' || text.front() == '-' ? make_offset(text) : make_named(text);
}

// Zones that were asked for. There are as many as there are names and offsets: unknown ones are not
// kept.
class Zones {
 public:
  const Zone* find(std::string_view text) {
    const MutexLock lock(mutex_);
    const auto found = zones_.find(text);
    if (found != zones_.end()) return found->second.get();
    std::unique_ptr<Zone> made = make_zone(text);
    if (made == nullptr) return nullptr;
    return zones_.emplace(text, std::move(made)).first->second.get();
  }

 private:
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<Zone>, std::less<>> zones_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace

const Zone* find_zone(std::string_view text) {
  // That of the thread's last call: what computes over many rows asks for one again and again.
  thread_local std::string last;
  thread_local const Zone* found = nullptr;
  if (found != nullptr && last == text) return found;
  static Zones& zones = *new Zones;
  found = zones.find(text);
  last = text;
  return found;
}

value::Timestamp local_time(const Zone& zone, const value::Timestamp& instant) {
  value::Timestamp local = instant;
  local.zone_minutes = 0;
  if (is_date_number(datetime_day(instant))) local.seconds += zone.offset_at(instant.seconds);
  return local;
}

Instant instant_of(const Zone& zone, const value::Timestamp& local) {
  if (!is_date_number(datetime_day(local))) return {.at = local};
  const Zone::Local found = zone.to_utc(local.seconds);
  return {.at = {.seconds = found.utc_seconds, .nanoseconds = local.nanoseconds},
          .exists = found.exists};
}

}  // namespace octavo::sql
