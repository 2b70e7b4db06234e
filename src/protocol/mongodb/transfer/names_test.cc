#include "protocol/mongodb/transfer/names.h"

#include <gtest/gtest.h>

namespace octavo::mongodb::transfer {
namespace {

TEST(TransferNames, EverythingButWhatServersKeepForThemselves) {
  const auto all = Selection::parse("", "");
  ASSERT_TRUE(all);
  EXPECT_TRUE(all->takes({"shop", "orders"}));
  EXPECT_FALSE(all->takes({"shop", "system.views"}));
  EXPECT_FALSE(all->takes({"admin", "orders"}));
  EXPECT_FALSE(all->takes({"octavo_import", "imports"}));
  EXPECT_FALSE(all->takes_some_of("local"));
}

TEST(TransferNames, ListsOfDatabasesAndCollections) {
  const auto some = Selection::parse("shop, crm.people.of.note", "shop.carts,log");
  ASSERT_TRUE(some);
  EXPECT_TRUE(some->takes({"shop", "orders"}));
  EXPECT_FALSE(some->takes({"shop", "carts"}));
  EXPECT_TRUE(some->takes({"crm", "people.of.note"}));
  EXPECT_FALSE(some->takes({"crm", "people"}));
  EXPECT_TRUE(some->takes_some_of("crm"));
  EXPECT_FALSE(some->takes_some_of("log"));
  EXPECT_FALSE(some->takes_some_of("other"));
}

TEST(TransferNames, WhatIsNoNameIsRefused) {
  for (const char* const list : {"a,,b", ".a", "a.", " ,a"}) {
    EXPECT_FALSE(Selection::parse(list, "")) << list;
    EXPECT_FALSE(Selection::parse("", list)) << list;
  }
}

}  // namespace
}  // namespace octavo::mongodb::transfer
