#include "dialect/mongodb/expression/zone.h"

#include <unicode/timezone.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/ascii.h"
#include "base/mutex.h"
#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {
namespace {

constexpr std::int64_t kMinute = 60'000;
constexpr std::int64_t kDay = 86'400'000;

class Fixed final : public Zone {
 public:
  explicit Fixed(std::int64_t offset) : offset_(offset) {}
  std::int64_t offset_at(std::int64_t /*utc_millis*/) const override { return offset_; }
  std::int64_t to_utc(std::int64_t local_millis) const override { return local_millis - offset_; }
  bool is_fixed() const override { return true; }

 private:
  std::int64_t offset_;
};

// By the rules of ICU. Its zones may be asked from several threads.
class Named final : public Zone {
 public:
  explicit Named(std::unique_ptr<icu::TimeZone> rules) : rules_(std::move(rules)) {}

  std::int64_t offset_at(std::int64_t utc_millis) const override {
    std::int32_t raw = 0;
    std::int32_t saving = 0;
    UErrorCode fault = U_ZERO_ERROR;
    rules_->getOffset(static_cast<double>(utc_millis), false, raw, saving, fault);
    return U_FAILURE(fault) ? 0 : raw + saving;
  }

  // A clock is moved by less than a day: the offsets around are those that may hold.
  std::int64_t to_utc(std::int64_t local_millis) const override {
    const std::int64_t before = offset_at(local_millis - kDay);
    const std::int64_t after = offset_at(local_millis + kDay);
    for (const std::int64_t offset : {before, after}) {
      if (offset_at(local_millis - offset) == offset) return local_millis - offset;
    }
    return local_millis - before;
  }

 private:
  std::unique_ptr<icu::TimeZone> rules_;
};

// "+hh", "+hhmm" or "+hh:mm" as minutes.
std::optional<std::int64_t> read_offset(std::string_view text) {
  const bool negative = text.front() == '-';
  text.remove_prefix(1);
  std::string digits(text);
  if (digits.size() == 5 && digits[2] == ':') digits.erase(2, 1);
  if (digits.size() != 2 && digits.size() != 4) return std::nullopt;
  for (const char c : digits) {
    if (!is_digit(c)) return std::nullopt;
  }
  const auto number = [&digits](std::size_t at) -> std::int64_t {
    return (digits[at] - '0') * 10 + (digits[at + 1] - '0');
  };
  const std::int64_t minutes = number(0) * 60 + (digits.size() == 4 ? number(2) : 0);
  return negative ? -minutes : minutes;
}

std::unique_ptr<Zone> make_named(std::string_view name) {
  std::unique_ptr<icu::TimeZone> rules(icu::TimeZone::createTimeZone(
      icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<int>(name.size())))));
  if (rules == nullptr || *rules == icu::TimeZone::getUnknown()) return nullptr;
  // ICU reads more than names of zones ("GMT+3"), and names in any case: only its own are ours.
  icu::UnicodeString id;
  std::string text;
  rules->getID(id).toUTF8String(text);
  if (text != name) return nullptr;
  return std::make_unique<Named>(std::move(rules));
}

std::unique_ptr<Zone> make_zone(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  if (name.empty() || name.size() > kLongest) return nullptr;
  if (name.front() == '+' || name.front() == '-') {
    const auto minutes = read_offset(name);
    return minutes ? std::make_unique<Fixed>(*minutes * kMinute) : nullptr;
  }
  for (const std::string_view same : {"UTC", "GMT"}) {
    if (name == same) return std::make_unique<Fixed>(0);
  }
  return make_named(name);
}

// Zones that were asked for. There are as many as there are names and offsets: unknown ones are not
// kept.
class Zones {
 public:
  const Zone* find(std::string_view name) {
    const MutexLock lock(mutex_);
    const auto found = zones_.find(name);
    if (found != zones_.end()) return found->second.get();
    std::unique_ptr<Zone> made = make_zone(name);
    if (made == nullptr) return nullptr;
    return zones_.emplace(name, std::move(made)).first->second.get();
  }

 private:
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<Zone>, std::less<>> zones_ OCTAVO_GUARDED_BY(mutex_);
};

}  // namespace

const Zone& utc() {
  static const Fixed kUtc(0);
  return kUtc;
}

Result<const Zone*> find_zone(std::string_view name) {
  // That of the thread's last call: what computes over many rows asks for one again and again.
  thread_local std::string last;
  thread_local const Zone* found = nullptr;
  if (found != nullptr && last == name) return found;
  static Zones& zones = *new Zones;
  const Zone* zone = zones.find(name);
  if (zone == nullptr) return error(40485, "unrecognized time zone identifier: \"{}\"", name);
  found = zone;
  last = name;
  return zone;
}

}  // namespace octavo::mongodb
