#include "protocol/redis/state/command_stats.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace octavo::redis {
namespace {

constexpr unsigned kPartBits = 2;
static_assert(1U << kPartBits == CommandStats::kParts);

// The first bucket has everything below two microseconds.
std::size_t bucket_of(std::uint64_t us) {
  if (us < 2) return 0;
  const auto power = static_cast<unsigned>(std::bit_width(us)) - 1;
  const auto part = power >= kPartBits ? (us >> (power - kPartBits)) & (CommandStats::kParts - 1)
                                       : (us << (kPartBits - power)) & (CommandStats::kParts - 1);
  const std::size_t at = power * CommandStats::kParts + part;
  return std::min<std::size_t>(at, CommandStats::kPowers * CommandStats::kParts - 1);
}

// The longest duration of a bucket.
double end_of(std::size_t bucket) {
  const auto power = static_cast<int>(bucket / CommandStats::kParts);
  const auto part = static_cast<double>(bucket % CommandStats::kParts + 1);
  return bucket == 0 ? 1 : std::ldexp(1 + part / CommandStats::kParts, power);
}

}  // namespace

double CommandStats::Row::percentile(double share) const {
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(calls)));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < histogram.size(); ++i) {
    seen += histogram[i];
    if (seen > 0 && seen >= wanted) return end_of(i);
  }
  return 0;
}

std::uint64_t CommandStats::Row::within(unsigned power) const {
  std::uint64_t sum = 0;
  const std::size_t end = std::max<std::size_t>(power * kParts, 1);
  for (std::size_t i = 0; i < std::min(end, histogram.size()); ++i) sum += histogram[i];
  return sum;
}

CommandStats::Row& CommandStats::row_of(const keyspace::CommandSpec& row) {
  if (&row == last_) return *last_row_;
  Row& found = rows_[&row];
  found.name = row.name;
  last_ = &row;
  last_row_ = &found;
  return found;
}

void CommandStats::called(const keyspace::CommandSpec& row, std::size_t count, std::size_t failed,
                          std::int64_t duration_ns) {
  if (count == 0) return;
  Row& found = row_of(row);
  found.calls += count;
  found.failed += failed;
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(duration_ns, 0));
  found.nanoseconds += ns;
  found.histogram[bucket_of(ns / count / 1000)] += count;
}

void CommandStats::add(const CommandStats& other) {
  for (const auto& [spec, row] : other.rows_) {
    Row& sum = row_of(*spec);
    sum.calls += row.calls;
    sum.failed += row.failed;
    sum.rejected += row.rejected;
    sum.nanoseconds += row.nanoseconds;
    for (std::size_t i = 0; i < row.histogram.size(); ++i) sum.histogram[i] += row.histogram[i];
  }
}

const CommandStats::Row* CommandStats::find(const keyspace::CommandSpec& row) const {
  const auto found = rows_.find(&row);
  return found == rows_.end() ? nullptr : &found->second;
}

std::vector<const CommandStats::Row*> CommandStats::by_name() const {
  std::vector<const Row*> out;
  for (const auto& [spec, row] : rows_) out.push_back(&row);
  std::ranges::sort(out, {}, &Row::name);
  return out;
}

}  // namespace octavo::redis
