#include "dialect/sql/bind/join_order.h"

#include <algorithm>
#include <map>

namespace octavo::sql {
namespace {

// With so many there are at most 5,120 steps.
constexpr std::size_t kMostOrdered = 10;

// A share of the cost that says nothing: sums in another order differ by so much.
constexpr double kSameCost = 1e-6;

// Some of the tables, in the best order that is known.
struct Joined {
  TableSet tables = 0;  // of units, by their place in the list
  TableSet named = 0;   // by their numbers
  double rows = 1;
  double cost = 0;
  double first_rows = 1;  // of the first table
  std::vector<std::size_t> order;
};

class OrderSearch {
 public:
  OrderSearch(std::span<const JoinUnit> units, const JoinConditions& conditions,
              std::optional<std::uint64_t> wanted, JoinLinks& links)
      : units_(units), conditions_(conditions), wanted_(wanted), links_(links) {
    for (const JoinUnit& unit : units) all_ |= set_of(unit.number);
  }

  // One more table with each turn, to the best order of each set of tables.
  std::optional<std::vector<std::size_t>> search() {
    std::map<TableSet, Joined> level;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (units_[i].needs == 0) keep(first(i), level);
    }
    for (std::size_t count = 1; count < units_.size(); ++count) {
      std::map<TableSet, Joined> next;
      for (const auto& [tables, joined] : level) {
        for (Joined& longer : with_one_more(joined)) keep(std::move(longer), next);
      }
      level = std::move(next);
    }
    if (level.empty()) return std::nullopt;
    return std::move(level.begin()->second.order);
  }

  std::optional<std::vector<std::size_t>> take_fewest_rows() {
    std::optional<Joined> joined;
    const auto fewer = [](const Joined& one, const Joined& other) { return one.rows < other.rows; };
    std::vector<Joined> choices;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (units_[i].needs == 0) choices.push_back(first(i));
    }
    while (!choices.empty()) {
      joined = *std::ranges::min_element(choices, fewer);
      choices = with_one_more(*joined);
    }
    if (!joined || joined->order.size() != units_.size()) return std::nullopt;
    return std::move(joined->order);
  }

 private:
  Joined first(std::size_t unit) const {
    const double share = rows_looked_for(units_[unit].rows, wanted_) / units_[unit].rows;
    return {.tables = set_of(unit),
            .named = set_of(units_[unit].number),
            .rows = units_[unit].rows,
            .cost = units_[unit].cost * share,
            .first_rows = units_[unit].rows,
            .order = {unit}};
  }

  std::vector<Joined> with_one_more(const Joined& joined) {
    std::vector<Joined> connected;
    std::vector<Joined> products;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      const JoinUnit& unit = units_[i];
      if ((joined.tables & set_of(i)) != 0 || !is_within(unit.needs & all_, joined.named)) continue;
      const JoinLink& link = links_.link(unit, conditions_, joined.named);
      if (!link.is_equal && !connected.empty()) continue;
      const JoinWay way = JoinLinks::way_of(
          unit, link, {.rows = joined.rows, .looks = rows_looked_for(joined.rows, wanted_)});
      Joined longer{.tables = joined.tables | set_of(i),
                    .named = joined.named | set_of(unit.number),
                    .rows = way.rows,
                    .cost = joined.cost + way.cost,
                    .first_rows = joined.first_rows,
                    .order = joined.order};
      longer.order.push_back(i);
      (link.is_equal ? connected : products).push_back(std::move(longer));
    }
    return connected.empty() ? products : connected;
  }

  // Of what costs the same begins with the fewest rows.
  static bool is_better(const Joined& one, const Joined& other) {
    const double least = other.cost * (1 - kSameCost);
    const double most = other.cost * (1 + kSameCost);
    return one.cost < least || (one.cost <= most && one.first_rows < other.first_rows);
  }

  static void keep(Joined joined, std::map<TableSet, Joined>& level) {
    const auto known = level.find(joined.tables);
    if (known == level.end()) {
      level.emplace(joined.tables, std::move(joined));
    } else if (is_better(joined, known->second)) {
      known->second = std::move(joined);
    }
  }

  std::span<const JoinUnit> units_;
  const JoinConditions& conditions_;
  std::optional<std::uint64_t> wanted_;
  JoinLinks& links_;
  TableSet all_ = 0;  // LATERAL may name others as well, which are attached in between
};

}  // namespace

std::optional<std::vector<std::size_t>> order_of(std::span<const JoinUnit> units,
                                                 const JoinConditions& conditions,
                                                 std::optional<std::uint64_t> wanted,
                                                 JoinLinks& links) {
  OrderSearch search(units, conditions, wanted, links);
  return units.size() <= kMostOrdered ? search.search() : search.take_fewest_rows();
}

double rows_looked_for(double rows, std::optional<std::uint64_t> wanted) {
  return wanted ? std::min(rows, static_cast<double>(*wanted) + 1) : rows;
}

}  // namespace octavo::sql
