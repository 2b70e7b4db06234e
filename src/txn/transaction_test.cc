#include "txn/transaction.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace octavo::txn {
namespace {

Bytes from_hex(std::string_view hex) {
  Bytes out;
  int high = -1;
  for (const char c : hex) {
    if (c == ' ') continue;
    const int digit = c <= '9' ? c - '0' : c - 'a' + 10;
    if (high < 0) {
      high = digit;
    } else {
      out.push_back(static_cast<char>(high * 16 + digit));
      high = -1;
    }
  }
  return out;
}

TransactionBuilder everything() {
  TransactionBuilder builder;
  builder.set_id(TransactionId{0x0102});
  builder.set_snapshot(Lsn::of(0, LsnOrder{3ULL << 48 | 0x1000}));
  builder.set_retry({"sess", 9, {}});
  builder.read_key(0x11);
  builder.write_key(0x22);
  builder.guard_absent(TableId{1}, "a");
  builder.guard_exists(TableId{1}, "b");
  builder.guard_version(TableId{1}, "c", Lsn::of(0, LsnOrder{7}));
  builder.put(TableId{2}, "k1", std::nullopt, "new");
  builder.put(TableId{2}, "k2", "old", "new");
  builder.erase(TableId{2}, "k3", "old");
  const BytesView command[] = {"set", "x", ""};
  builder.keyspace(4, command);
  builder.ddl("ddl");
  builder.sequence("seq", 1000);
  builder.cursor("feed", "at");
  builder.checkpoint("job", "state");
  return builder;
}

// docs/formats/transaction.md shows the same bytes.
constexpr std::string_view kGolden =
    "ca000000"
    "01 0201000000000000"
    "02 0000 0300 0010000000000000"
    "03 0473657373 0900000000000000"
    "04 1100000000000000"
    "05 2200000000000000"
    "06 00 0100000000000000 0161"
    "06 01 0100000000000000 0162"
    "06 02 0100000000000000 0163 0000 0000 0700000000000000"
    "10 0200000000000000 026b31 036e6577"
    "11 0200000000000000 026b32 036f6c64 036e6577"
    "12 0200000000000000 026b33 036f6c64"
    "13 04 03 03736574 0178 00"
    "14 0364646c"
    "15 03736571 e803000000000000"
    "16 0466656564 026174"
    "17 036a6f62 057374617465";

TEST(Transaction, GoldenBytes) {
  TransactionBuilder builder = everything();
  const auto transaction = builder.finish();
  ASSERT_TRUE(transaction);
  EXPECT_EQ((*transaction)->encoded(), from_hex(kGolden));
}

TEST(Transaction, ReadsBackWhatWasBuilt) {
  const Bytes bytes = from_hex(kGolden);
  ByteReader in(bytes);
  Footprint footprint;
  const auto view = decode_transaction(in, footprint);
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_TRUE(in.empty());
  EXPECT_EQ(view->id, TransactionId{0x0102});
  EXPECT_EQ(view->snapshot, (Lsn::of(0, LsnOrder{3ULL << 48 | 0x1000})));
  ASSERT_TRUE(view->retry);
  EXPECT_EQ(view->retry->session, "sess");
  EXPECT_EQ(view->retry->number, 9u);
  EXPECT_TRUE(view->effects.rows && view->effects.keyspace && view->effects.ddl &&
              view->effects.meta);

  TransactionBuilder builder = everything();
  const Transaction& built = **builder.finish();
  EXPECT_EQ(footprint.write_keys, built.footprint().write_keys);
  EXPECT_EQ(footprint.write_keys.size(), 5u);  // one explicit, three rows, one sequence
  EXPECT_EQ(footprint.read_keys, built.footprint().read_keys);
  ASSERT_EQ(footprint.guards.size(), 3u);
  EXPECT_EQ(footprint.guards[2].kind, GuardKind::version);
  EXPECT_EQ(footprint.guards[2].key, "c");
  EXPECT_EQ(footprint.guards[2].version, (Lsn::of(0, LsnOrder{7})));

  std::vector<Op> ops;
  Op op;
  for (auto at = view->ops.begin_ops(); at.next(op);) ops.push_back(op);
  ASSERT_EQ(ops.size(), 8u);
  EXPECT_EQ(view->ops.size(), 8u);
  EXPECT_EQ(std::get<PutOp>(ops[0]).key, "k1");
  EXPECT_FALSE(std::get<PutOp>(ops[0]).before);
  EXPECT_EQ(std::get<PutOp>(ops[1]).before, "old");
  EXPECT_EQ(std::get<PutOp>(ops[1]).after, "new");
  EXPECT_EQ(std::get<EraseOp>(ops[2]).before, "old");
  const KeyspaceOp& keyspace = std::get<KeyspaceOp>(ops[3]);
  EXPECT_EQ(keyspace.database, 4);
  std::vector<BytesView> arguments;
  keyspace.arguments.copy_to(arguments);
  EXPECT_EQ(arguments, (std::vector<BytesView>{"set", "x", ""}));
  EXPECT_EQ(std::get<DdlOp>(ops[4]).bytes, "ddl");
  EXPECT_EQ(std::get<SequenceOp>(ops[5]).next, 1000u);
  EXPECT_EQ(std::get<CursorOp>(ops[6]).bytes, "at");
  EXPECT_EQ(std::get<CheckpointOp>(ops[7]).name, "job");
}

// Of a row that is new it says nothing.
TEST(Transaction, AnUpdateTellsWhetherTheRowWasGivenAnew) {
  TransactionBuilder builder;
  builder.put(TableId{2}, "k", "old", "new", true);
  builder.put(TableId{2}, "k", "old", "new", false);
  builder.put(TableId{2}, "k", std::nullopt, "new", true);
  const auto transaction = builder.finish();
  ASSERT_TRUE(transaction);
  const Bytes replace = from_hex("18 0200000000000000 016b 036f6c64 036e6577");
  EXPECT_NE((*transaction)->encoded().find(replace), BytesView::npos);
  std::vector<bool> whole;
  (*transaction)->ops().for_each([&](const auto& op) {
    if constexpr (requires { op.whole; }) whole.push_back(op.whole);
  });
  EXPECT_EQ(whole, (std::vector{true, false, false}));
}

// Rows that were read one by one: a place holds for the keys after it.
TEST(Transaction, GoldenBytesOfPlaces) {
  TransactionBuilder builder;
  builder.set_snapshot(Lsn::of(0, LsnOrder{9}));
  builder.read_key(0x11);
  builder.read_at(Lsn::of(0, LsnOrder{3}));
  builder.put(TableId{2}, "k", "old", "new");
  builder.read_at(Lsn::of(0, LsnOrder{3}));
  builder.erase(TableId{2}, "l", "old");
  builder.read_at(Lsn::of(0, LsnOrder{4}));
  builder.write_key(0x22);
  const Bytes bytes = from_hex(
      "5b000000"
      "02 0000 0000 0900000000000000"
      "04 1100000000000000"
      "07 0000 0000 0300000000000000"
      "11 0200000000000000 016b 036f6c64 036e6577"
      "12 0200000000000000 016c 036f6c64"
      "07 0000 0000 0400000000000000"
      "05 2200000000000000");
  const Transaction& built = **builder.finish();
  EXPECT_EQ(built.encoded(), bytes);
  ByteReader in(bytes);
  Footprint footprint;
  const auto view = decode_transaction(in, footprint);
  ASSERT_TRUE(view) << view.error().what;
  EXPECT_EQ(view->ops.size(), 2u);
  for (const Footprint* one : {&std::as_const(footprint), &built.footprint()}) {
    EXPECT_EQ(one->write_keys.size(), 3u);
    ASSERT_EQ(one->read_at.size(), 2u);
    EXPECT_EQ(one->read_at[0].at, (Lsn::of(0, LsnOrder{3})));
    EXPECT_EQ(one->read_at[0].write_key, 0u);
    EXPECT_EQ(one->read_at[0].read_key, 1u);
    EXPECT_EQ(one->read_at[1].at, (Lsn::of(0, LsnOrder{4})));
    EXPECT_EQ(one->read_at[1].write_key, 2u);
  }
}

TEST(Transaction, EveryTruncationIsNoticed) {
  const Bytes bytes = from_hex(kGolden);
  Footprint footprint;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    ByteReader in(BytesView(bytes).substr(0, size));
    EXPECT_FALSE(decode_transaction(in, footprint)) << size;
  }
}

TEST(Transaction, ShortenedBodiesAreNoticedOrShorter) {
  const Bytes bytes = from_hex(kGolden);
  Footprint footprint;
  for (std::uint32_t size = 0; size + 4 < bytes.size(); ++size) {
    Bytes cut = bytes.substr(0, size + 4);
    store_le(cut.data(), size);
    ByteReader in(cut);
    const auto view = decode_transaction(in, footprint);
    if (view) EXPECT_LT(view->ops.size(), 8u);
  }
}

TEST(Transaction, RandomDamageNeverEscapes) {
  const Bytes bytes = from_hex(kGolden);
  Random random(1);
  Footprint footprint;
  for (int round = 0; round < 20'000; ++round) {
    Bytes damaged = bytes;
    for (std::uint64_t i = random.below(4) + 1; i > 0; --i) {
      damaged[random.below(damaged.size())] = static_cast<char>(random());
    }
    ByteReader in(damaged);
    const auto view = decode_transaction(in, footprint);
    if (!view) continue;
    Op op;
    std::uint32_t count = 0;
    for (auto at = view->ops.begin_ops(); at.next(op);) ++count;
    EXPECT_EQ(count, view->ops.size());
  }
}

TEST(Transaction, RefusesWhatMayBeThereOnce) {
  for (const std::string_view twice : {"12000000 01 0100000000000000 01 0200000000000000",
                                       "1a000000 02 000000000000000000000000 02 "
                                       "000000000000000000000000",
                                       "14000000 03 00 0100000000000000 03 00 0200000000000000"}) {
    const Bytes bytes = from_hex(twice);
    ByteReader in(bytes);
    Footprint footprint;
    EXPECT_FALSE(decode_transaction(in, footprint)) << twice;
  }
}

// Item 08: a session, its number, and runs of statements with what they came to.
TEST(Transaction, TellsWhichStatementsOfARetriedWriteItHasDone) {
  TransactionBuilder builder;
  builder.set_retry({"sess", 9, {{0, 3, "ok"}, {7, 1, ""}}});
  builder.put(TableId{2}, "k", std::nullopt, "v");
  const auto transaction = builder.finish();
  ASSERT_TRUE(transaction);
  const Bytes golden = from_hex("08 0473657373 0900000000000000 02 00 03 026f6b 07 01 00");
  EXPECT_NE((*transaction)->encoded().find(golden), BytesView::npos);
  const Bytes bytes((*transaction)->encoded());
  ByteReader in(bytes);
  Footprint footprint;
  const auto view = decode_transaction(in, footprint);
  ASSERT_TRUE(view) << view.error().what;
  ASSERT_TRUE(view->retry);
  EXPECT_EQ(view->retry->number, 9U);
  ASSERT_EQ(view->retry->statements.size(), 2U);
  EXPECT_EQ(view->retry->statements[0].count, 3U);
  EXPECT_EQ(view->retry->statements[0].outcome, "ok");
  EXPECT_EQ(view->retry->statements[1].first, 7U);
  EXPECT_TRUE(view->effects.meta);
  EXPECT_EQ(view->ops.size(), 1U);
}

TEST(Transaction, RefusesStatementsThatAreOutOfOrderOrTooMany) {
  for (const std::string_view statements : {
           "00",                    // none
           "02 05 01 00 05 01 00",  // one twice
           "01 00 00 00",           // a run of none
           "01 ffffffff0f 02 00",   // beyond 32 bits
           "01 8080808010 01 00",   // likewise
           "02 00 01 00",           // less than it says
       }) {
    const Bytes items =
        from_hex(std::string("08 0173 0900000000000000 ") + std::string(statements));
    Bytes bytes;
    put_le(bytes, static_cast<std::uint32_t>(items.size()));
    bytes += items;
    ByteReader in(bytes);
    Footprint footprint;
    EXPECT_FALSE(decode_transaction(in, footprint)) << statements;
  }
}

TEST(Transaction, ClearForgetsEverything) {
  TransactionBuilder builder = everything();
  builder.read_at(Lsn::of(0, LsnOrder{7}));
  builder.clear();
  EXPECT_TRUE(builder.empty());
  builder.put(TableId{2}, "k", std::nullopt, "v");
  TransactionBuilder fresh;
  fresh.put(TableId{2}, "k", std::nullopt, "v");
  const Transaction& reused = **builder.finish();
  EXPECT_EQ(reused.encoded(), (*fresh.finish())->encoded());
  EXPECT_FALSE(reused.snapshot());
  EXPECT_FALSE(reused.retry());
  EXPECT_TRUE(reused.footprint().guards.empty());
  EXPECT_TRUE(reused.footprint().read_at.empty());
  EXPECT_FALSE(reused.effects().keyspace);
}

}  // namespace
}  // namespace octavo::txn
