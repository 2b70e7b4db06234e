#pragma once

// For tests of the engine over one table of rows `{id, a}`, both integers.

#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "catalog/edit.h"
#include "engine/engine.h"
#include "index/test_support.h"

namespace octavo::engine {

class OneTable : public testing::Test {
 protected:
  void create_table() {
    define([](const catalog::CatalogState& state) {
      catalog::NewTable table;
      table.database = state.find_database("test")->id;
      table.name = "t";
      return catalog::create_table(state, table);
    });
    table_ = definition().id;
  }
  void define(const Engine::Decide& decide) {
    const auto defined = engine_->define(catalog::kAdminName, decide);
    ASSERT_TRUE(defined) << defined.error().what;
  }
  const catalog::TableDefinition& definition() {
    catalog_ = engine_->catalog();
    return *catalog_->find_table(catalog_->find_database("test")->id, "t");
  }

  // Over `a`.
  IndexId add_index(std::string_view name) {
    catalog::IndexDefinition index;
    index.name = name;
    EXPECT_TRUE(algebra::encode(index::testing_support::field("a"), index.function));
    define([&](const catalog::CatalogState& state) {
      return catalog::add_index(state, table_, index);
    });
    return definition().find_index(name)->id;
  }
  Status wait_for_index(IndexId index) {
    std::promise<Status> ready;
    engine_->when_index_ready(table_, index, [&](Status status) { ready.set_value(status); });
    return ready.get_future().get();
  }

  algebra::PlanPtr all(std::optional<IndexId> index = {}) const {
    return algebra::make_plan(
        algebra::Scan{.table = table_, .index = index, .order = algebra::Direction::ascending});
  }
  // (a, id) of every row.
  std::vector<std::pair<std::int64_t, std::int64_t>> rows(const algebra::PlanPtr& plan) {
    exec::QueryContext context(catalog::kAdminName);
    auto query = engine_->query(plan, context);
    EXPECT_TRUE(query) << query.error().what;
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (exec::Rows batch; query; batch.clear()) {
      EXPECT_TRUE((*query)->next(100, batch));
      if (batch.empty()) break;
      for (const value::Value& row : batch) {
        out.emplace_back(row.find("a")->as_int64(), row.find("id")->as_int64());
      }
    }
    return out;
  }
  void expect_index_agrees(IndexId index) {
    auto expected = rows(all());
    std::ranges::sort(expected);
    EXPECT_EQ(rows(all(index)), expected);
  }

  std::unique_ptr<Engine> engine_;
  catalog::CatalogPtr catalog_;
  TableId table_{};
};

}  // namespace octavo::engine
