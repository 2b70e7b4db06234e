// Definition changes as bytes of the log and of storage (docs/formats/catalog.md), and what they
// make when they are applied.

#include "catalog/change.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "value/document.h"

namespace octavo::catalog {
namespace {

using value::Value;

DatabaseDefinition shop() { return {DatabaseId{1024}, "u-1", "shop"}; }

TableDefinition orders() {
  TableDefinition table;
  table.id = TableId{1025};
  table.database = DatabaseId{1024};
  table.uuid = "u-2";
  table.name = "orders";
  table.primary_key = "number";
  table.durability = Durability::os;
  IndexDefinition index;
  index.id = IndexId{1026};
  index.name = "by_tag";
  index.kind = IndexKindId{1};
  index.options = Value::object({{"multi", Value::boolean(true)}});
  index.ready = true;
  index.function = "\x01\xff";
  index.forms.set("rethinkdb", Value::string("r.row('tag')"));
  table.indexes.push_back(std::move(index));
  table.write_hook = "\x02";
  table.write_hook_forms.set("rethinkdb", Value::boolean(true));
  table.options.set("rethinkdb", Value::object({{"shards", Value::int64(2)}}));
  return table;
}

ColumnDefinition number_column() {
  ColumnDefinition column;
  column.id = ColumnId{1};
  column.name = "number";
  column.type = value::make_type({.kind = value::Kind::integer, .bits = 64, .is_unsigned = true});
  column.nullable = false;
  column.auto_increment = true;
  return column;
}

ColumnDefinition note_column() {
  ColumnDefinition column;
  column.id = ColumnId{3};
  column.name = "note";
  column.type = value::make_type({.kind = value::Kind::text,
                                  .length = 40,
                                  .collation = value::find_collation("utf8mb4_0900_ai_ci")});
  column.invisible = true;
  column.default_value = "\x03";
  column.update_now = true;
  column.generated = Generated::stored;
  column.generated_value = "\x04";
  column.comment = "of the clerk";
  column.forms.set("mysql", Value::object({{"default", Value::string("none")}}));
  return column;
}

// Orders with columns, a unique key and a condition.
TableDefinition declared() {
  TableDefinition table = orders();
  table.columns = {number_column(), note_column()};
  table.open = false;
  table.key_columns = {ColumnId{1}};
  CheckDefinition check;
  check.id = CheckId{4};
  check.name = "orders_chk_1";
  check.condition = "\x05";
  check.enforced = false;
  check.forms.set("mysql", Value::object({{"condition", Value::string("(`number` > 0)")}}));
  table.checks.push_back(check);
  table.next_part = 5;
  table.first_number = 100;
  IndexDefinition& index = table.indexes.front();
  index.unique = true;
  index.parts = {{.column = ColumnId{3}, .prefix = 10, .descending = true}};
  return table;
}

User ann() {
  User user;
  user.name = "ann";
  user.credentials = {"salt", 4096, "stored", "server", false};
  Permissions some;
  some.read = true;
  some.connect = false;
  user.grants.push_back({std::nullopt, std::nullopt, {}});
  user.grants.push_back({DatabaseId{1024}, TableId{1025}, some});
  return user;
}

Role clerk() {
  Role role;
  role.id = RoleId{1028};
  role.home = "admin";
  role.name = "clerk";
  role.grants = {{RoleScope::table, "shop", "orders", Permission::read | Permission::insert},
                 {RoleScope::everywhere, {}, {}, Permission::config}};
  role.roles = {RoleId{1029}};
  role.forms.set("mongodb", Value::object({{"privileges", Value::array({})}}));
  return role;
}

User bea() {
  User user = ann();
  user.name = "bea";
  user.roles = {RoleId{1028}, RoleId{1029}};
  return user;
}

ViewDefinition open_orders() {
  ViewDefinition view;
  view.id = TableId{1027};
  view.database = DatabaseId{1024};
  view.name = "open_orders";
  view.definer = "ann";
  view.as_invoker = true;
  view.forms.set("mysql", Value::object({{"query", Value::string("select 1 AS `1`")}}));
  return view;
}

std::vector<Change> every_kind() {
  return {PutDatabase{shop()},    PutTable{orders()},     PutUser{ann()},
          DropUser{"bob"},        DropTable{TableId{77}}, DropDatabase{DatabaseId{78}},
          PutView{open_orders()}, DropView{TableId{79}},  PutRole{clerk()},
          DropRole{RoleId{80}},   PutUser{bea()}};
}

CatalogPtr after(const CatalogState& state, const std::vector<Change>& changes) {
  CatalogEditor editor(state);
  for (const Change& change : changes) editor.apply(change);
  return std::move(editor).publish();
}

TEST(Change, EveryFieldSurvivesTheLog) {
  const auto decoded = decode_changes(encode_changes(every_kind()));
  ASSERT_TRUE(decoded) << decoded.error().what;
  ASSERT_EQ(decoded->size(), 11U);
  EXPECT_EQ(encode_changes(*decoded), encode_changes(every_kind()));
  const auto& table = std::get<PutTable>((*decoded)[1]).table;
  EXPECT_EQ(table.primary_key, "number");
  EXPECT_EQ(table.durability, Durability::os);
  EXPECT_EQ(table.indexes.front().kind, IndexKindId{1});
  EXPECT_EQ(table.indexes.front().options, orders().indexes.front().options);
  EXPECT_EQ(table.indexes.front().function, "\x01\xff");
  EXPECT_EQ(table.indexes.front().forms.of("rethinkdb"), Value::string("r.row('tag')"));
  EXPECT_EQ(table.write_hook, "\x02");
  EXPECT_EQ(table.options.of("rethinkdb"), Value::object({{"shards", Value::int64(2)}}));
  EXPECT_TRUE(table.options.of("mysql").is_null());
  const auto& user = std::get<PutUser>((*decoded)[2]).user;
  EXPECT_EQ(user.credentials.iterations, 4096U);
  EXPECT_FALSE(user.credentials.empty_password);
  ASSERT_EQ(user.grants.size(), 2U);
  EXPECT_TRUE(user.grants[0].permissions.empty());
  EXPECT_EQ(user.grants[1].permissions.connect, false);
  EXPECT_EQ(user.grants[1].permissions.write, std::nullopt);
  EXPECT_EQ(std::get<DropUser>((*decoded)[3]).name, "bob");
  const auto& view = std::get<PutView>((*decoded)[6]).view;
  EXPECT_EQ(view.definer, "ann");
  EXPECT_TRUE(view.as_invoker);
  EXPECT_EQ(view.forms.of("mysql"), open_orders().forms.of("mysql"));
  EXPECT_EQ(std::get<DropView>((*decoded)[7]).id, TableId{79});
  const auto& role = std::get<PutRole>((*decoded)[8]).role;
  EXPECT_EQ(role.home, "admin");
  EXPECT_EQ(role.name, "clerk");
  EXPECT_TRUE(role.has_rights_of(clerk()));
  EXPECT_EQ(role.forms.of("mongodb"), clerk().forms.of("mongodb"));
  EXPECT_EQ(std::get<DropRole>((*decoded)[9]).id, RoleId{80});
  EXPECT_EQ(std::get<PutUser>((*decoded)[10]).user.roles, bea().roles);
}

// As a version without roles wrote it, and reads it.
TEST(Change, AUserWithoutRolesHasNoFieldOfThem) {
  const auto stored = value::decode_document(*stored_form(PutUser{ann()}).entry);
  ASSERT_TRUE(stored);
  EXPECT_EQ(stored->find("roles"), nullptr);
}

TEST(Change, APermissionThatIsNotKnownIsRefused) {
  Role role = clerk();
  role.grants.front().permissions = PermissionSet(std::uint64_t{1} << 7);
  const StoredEntry stored = stored_form(PutRole{role});
  EXPECT_FALSE(decode_stored(stored.key, *stored.entry));
}

// Written to logs and to storage: these bytes never change.
TEST(Change, GoldenBytes) {
  EXPECT_EQ(format_hex(encode_changes(std::vector<Change>{
                PutDatabase{shop()}, DropTable{TableId{1025}}, DropUser{"ann"}})),
            "03"
            "11636174616c6f672f640000000000000400"
            "01"
            "1e"
            "240302060a03070c6964757569646e616d6509000413752d311373686f70"
            "11636174616c6f672f740000000000000401"
            "00"
            "0c636174616c6f672f75616e6e"
            "00");
}

TEST(Change, GoldenBytesOfAView) {
  EXPECT_EQ(format_hex(*stored_form(PutView{open_orders()}).entry),
            "2406020a0e151f24030612161739696464617461626173656e616d65646566696e657261735f696e"
            "766f6b6572666f726d73090304090004136f70656e5f6f726465727313616e6e02240105196d7973"
            "716c2401051071756572791373656c656374203120415320603160");
  EXPECT_EQ(stored_form(PutView{open_orders()}).key.substr(0, 9), "catalog/v");
}

TEST(Change, ATemporaryTableSaysSo) {
  TableDefinition table = orders();
  const StoredEntry plain = stored_form(PutTable{table});
  EXPECT_EQ(value::decode_document(*plain.entry)->find("temporary"), nullptr);
  table.temporary = true;
  const StoredEntry stored = stored_form(PutTable{table});
  const auto read = decode_stored(stored.key, *stored.entry);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_TRUE(std::get<PutTable>(*read).table.temporary);
}

std::string hex_of(const TableDefinition& table) {
  return format_hex(*stored_form(PutTable{table}).entry);
}

// As it is written.
TEST(Change, GoldenBytesOfATable) {
  EXPECT_EQ(hex_of(orders()),
            "240b020a0e121d232d343e4e5503060a1118191a838593ab69646461746162617365757569646e61"
            "6d657072696d6172795f6b65796c61796f75746475726162696c697479696e646578657377726974"
            "655f686f6f6b77726974655f686f6f6b5f666f726d736f7074696f6e7309010409000413752d3213"
            "6f7264657273136e756d6265724041200166240702060a11161e23030a0b1516193369646e616d65"
            "6b696e646f7074696f6e73726561647966756e6374696f6e666f726d730902041362795f74616741"
            "240105016d756c746902021501ff2401090d72657468696e6b646213722e726f7728277461672729"
            "15022401090172657468696e6b6462022401090b72657468696e6b64622401060173686172647342");
}

TEST(Change, WhatIsDeclaredOfRowsSurvives) {
  const StoredEntry stored = stored_form(PutTable{declared()});
  const auto read = decode_stored(stored.key, *stored.entry);
  ASSERT_TRUE(read) << read.error().what;
  const auto& table = std::get<PutTable>(*read).table;
  EXPECT_EQ(stored_form(PutTable{table}).entry, stored.entry);
  ASSERT_EQ(table.columns.size(), 2U);
  EXPECT_EQ(*table.columns[0].type, *number_column().type);
  EXPECT_TRUE(table.columns[0].auto_increment);
  EXPECT_FALSE(table.columns[0].nullable);
  const ColumnDefinition& note = table.columns[1];
  EXPECT_EQ(note.id, ColumnId{3});
  EXPECT_EQ(note.type->collation, note_column().type->collation);
  EXPECT_TRUE(note.invisible && note.update_now && !note.default_now && !note.hidden);
  EXPECT_EQ(note.default_value, "\x03");
  EXPECT_EQ(note.generated, Generated::stored);
  EXPECT_EQ(note.generated_value, "\x04");
  EXPECT_EQ(note.comment, "of the clerk");
  EXPECT_EQ(note.forms.of("mysql"), note_column().forms.of("mysql"));
  EXPECT_FALSE(table.open);
  EXPECT_EQ(table.key_columns, std::vector<ColumnId>{ColumnId{1}});
  ASSERT_EQ(table.checks.size(), 1U);
  EXPECT_EQ(table.checks[0].name, "orders_chk_1");
  EXPECT_EQ(table.checks[0].condition, "\x05");
  EXPECT_FALSE(table.checks[0].enforced);
  EXPECT_EQ(table.next_part, 5U);
  EXPECT_EQ(table.first_number, 100U);
  EXPECT_TRUE(table.indexes[0].unique);
  EXPECT_EQ(table.indexes[0].parts, declared().indexes[0].parts);
}

TableDefinition referring() {
  TableDefinition table = declared();
  ForeignKeyDefinition key;
  key.id = ForeignKeyId{5};
  key.name = "of_customer";
  key.columns = {ColumnId{1}, ColumnId{3}};
  key.parent = TableId{1030};
  key.parent_columns = {ColumnId{2}, ColumnId{4}};
  key.on_delete = ReferenceAction::cascade;
  key.on_update = ReferenceAction::set_null;
  table.foreign_keys.push_back(key);
  key.id = ForeignKeyId{6};
  key.name = "of_nobody";
  key.columns = {ColumnId{1}};
  key.parent = TableId{};
  key.parent_columns.clear();
  key.absent = {"shop", "people", {"id"}};
  key.on_delete = ReferenceAction::restrict;
  key.on_update = ReferenceAction::no_action;
  table.foreign_keys.push_back(key);
  table.referenced_by = {TableId{1025}, TableId{1030}};
  table.next_part = 7;
  return table;
}

TEST(Change, ForeignKeysSurvive) {
  const StoredEntry stored = stored_form(PutTable{referring()});
  const auto read = decode_stored(stored.key, *stored.entry);
  ASSERT_TRUE(read) << read.error().what;
  const auto& table = std::get<PutTable>(*read).table;
  EXPECT_EQ(table.foreign_keys, referring().foreign_keys);
  EXPECT_EQ(table.referenced_by, referring().referenced_by);
  EXPECT_EQ(stored_form(PutTable{table}).entry, stored.entry);
}

TEST(Change, GoldenBytesOfForeignKeys) {
  value::ObjectBuilder fields;
  const Value entry = *value::decode_document(*stored_form(PutTable{referring()}).entry);
  fields.set("foreign_keys", *entry.find("foreign_keys"));
  fields.set("referenced_by", *entry.find("referenced_by"));
  Bytes bytes;
  ASSERT_TRUE(value::encode_document(std::move(fields).build(), bytes));
  EXPECT_EQ(format_hex(bytes),
            "24020c19f2fc666f726569676e5f6b6579737265666572656e6365645f6279200261ee240702"
            "060d13212a33010d13161c1d1e69646e616d65636f6c756d6e73706172656e74706172656e74"
            "5f636f6c756d6e736f6e5f64656c6574656f6e5f75706461746545136f665f637573746f6d65"
            "722002010241430906042002010242444243240802060d13212a3339010b0f10121314426964"
            "6e616d65636f6c756d6e73706172656e74706172656e745f636f6c756d6e736f6e5f64656c65"
            "74656f6e5f757064617465616273656e7446136f665f6e6f626f647920010141402000414024"
            "03080d14050c1264617461626173657461626c65636f6c756d6e731373686f701370656f706c"
            "6520010313696420020306090104090604");
  const StoredEntry without = stored_form(PutTable{declared()});
  EXPECT_EQ(value::decode_document(*without.entry)->find("foreign_keys"), nullptr);
  EXPECT_EQ(value::decode_document(*without.entry)->find("referenced_by"), nullptr);
}

TEST(Change, AForeignKeyThatIsNotWholeIsCorrupt) {
  const auto is_read = [](auto edit) {
    TableDefinition table = referring();
    edit(table.foreign_keys);
    const StoredEntry stored = stored_form(PutTable{table});
    return decode_stored(stored.key, *stored.entry).has_value();
  };
  EXPECT_TRUE(is_read([](auto&) {}));
  EXPECT_FALSE(is_read([](auto& keys) { keys[0].parent_columns.pop_back(); }));
  EXPECT_FALSE(
      is_read([](auto& keys) { keys[0].columns.clear(), keys[0].parent_columns.clear(); }));
  EXPECT_FALSE(is_read([](auto& keys) { keys[0].parent = TableId{}; }));
  EXPECT_FALSE(is_read([](auto& keys) { keys[1].parent = TableId{7}; }));
  EXPECT_FALSE(is_read([](auto& keys) { keys[1].absent->columns.emplace_back("more"); }));
}

TEST(Change, GoldenBytesOfADeclaredTable) {
  EXPECT_EQ(hex_of(declared()),
            "25110002000a000e0012001d0023002d0034003e004e0055005c0060006b0071007a008600030006"
            "000a001100180019001a00c000c200d000e800800281028502e602e702e9020e000b000100060010"
            "00000007000d00050003000f000c000a00040002000800090069646461746162617365757569646e"
            "616d657072696d6172795f6b65796c61796f75746475726162696c697479696e6465786573777269"
            "74655f686f6f6b77726974655f686f6f6b5f666f726d736f7074696f6e73636f6c756d6e736f7065"
            "6e6b65795f636f6c756d6e73636865636b736e6578745f7061727466697273745f6e756d62657209"
            "010409000413752d32136f7264657273136e756d62657240412001a3240a02060a11161e23282e34"
            "030a0b1516193357585969646e616d656b696e646f7074696f6e73726561647966756e6374696f6e"
            "666f726d737061727473756e6971756568696464656e0902041362795f74616741240105016d756c"
            "746902021501ff2401090d72657468696e6b646213722e726f77282774616727292001212403060c"
            "16010203636f6c756d6e70726566697864657363656e64696e67434a020201150224010901726574"
            "68696e6b6462022401090b72657468696e6b64622401060173686172647342210200ae009101240e"
            "02060a1218212f36414b54636a6f010815161718191a1b1c1d1e1f2169646e616d65747970656e75"
            "6c6c61626c6568696464656e696e76697369626c656175746f5f696e6372656d656e746465666175"
            "6c7464656661756c745f6e6f777570646174655f6e6f7767656e65726174656467656e6572617465"
            "645f76616c7565636f6d6d656e74666f726d7341136e756d62657215010340010000000000000000"
            "010101021501014015132400240e02060a1218212f36414b54636a6f010625262728292b2c2d2e30"
            "3d5669646e616d65747970656e756c6c61626c6568696464656e696e76697369626c656175746f5f"
            "696e6372656d656e7464656661756c7464656661756c745f6e6f777570646174655f6e6f7767656e"
            "65726174656467656e6572617465645f76616c7565636f6d6d656e74666f726d7343136e6f746515"
            "01060000000000002812757466386d62345f303930305f61695f6369010002010201150301024215"
            "04136f662074686520636c65726b240105106d7973716c2401070564656661756c74136e6f6e6501"
            "2001014120015e240502060f171c010e10113669646e616d65636f6e646974696f6e656e666f7263"
            "6564666f726d7344136f72646572735f63686b5f311505012401051c6d7973716c2401090f636f6e"
            "646974696f6e1328606e756d62657260203e203029450864");
}

TEST(Change, ADatabaseKeepsItsOptions) {
  DatabaseDefinition database = shop();
  database.options.set("mysql", Value::object({{"collation", Value::string("utf8mb4_bin")}}));
  const StoredEntry stored = stored_form(PutDatabase{database});
  const auto read = decode_stored(stored.key, *stored.entry);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(std::get<PutDatabase>(*read).database.options.of("mysql"),
            database.options.of("mysql"));
}

TEST(Change, ATypeOfAnotherVersionIsRefused) {
  value::ObjectBuilder table(*value::decode_document(*stored_form(PutTable{declared()}).entry));
  value::ObjectBuilder column(table.find("columns")->as_array().front());
  column.set("type", Value::bytes("\x7f"));
  table.set("columns", Value::array({std::move(column).build()}));
  Bytes entry;
  ASSERT_TRUE(value::encode_document(std::move(table).build(), entry));
  const auto read = decode_stored(stored_form(PutTable{orders()}).key, entry);
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, Code::unsupported) << read.error().what;
}

// As version 0.1.0 wrote it.
TEST(Change, AnOlderTableIsRead) {
  const auto entry = parse_hex(
      "240b020a0e121d232d343e525e03060a1118191a6f71727d69646461746162617365757569646e616d657072696d"
      "61"
      "72795f6b65796c61796f75746475726162696c697479696e646578657377726974655f686f6f6b77726974655f68"
      "6f"
      "6f6b5f646f6f725f666f726d646f6f725f6f7074696f6e7309010409000413752d32136f7264657273136e756d62"
      "65"
      "724041200152240702060a0f141c25030a0b0c0d101d69646e616d656b696e646d756c7469726561647966756e63"
      "74"
      "696f6e646f6f725f666f726d0902041362795f7461674102021501ff13722e726f77282774616727291502022401"
      "060"
      "173686172647342");
  ASSERT_TRUE(entry);
  const auto read = decode_stored(stored_form(PutTable{orders()}).key, *entry);
  ASSERT_TRUE(read) << read.error().what;
  EXPECT_EQ(hex_of(std::get<PutTable>(*read).table), hex_of(orders()));
}

TEST(Change, ProtocolsKeepTheirOptionsSideBySide) {
  TableDefinition table = orders();
  table.options.set("mysql", Value::object({{"comment", Value::string("of 1815")}}));
  const StoredEntry stored = stored_form(PutTable{table});
  const auto read = decode_stored(stored.key, *stored.entry);
  ASSERT_TRUE(read) << read.error().what;
  const auto& back = std::get<PutTable>(*read).table;
  EXPECT_EQ(back.options.of("mysql"), table.options.of("mysql"));
  EXPECT_EQ(back.options.of("rethinkdb"), orders().options.of("rethinkdb"));
  EXPECT_TRUE(back.write_hook_forms.of("mysql").is_null());
}

// Nulls of the older fields are nothing.
TEST(Change, AnOlderTableWithoutFormsIsRead) {
  const auto entry = parse_hex(
      "240b020a0e121d232d343e525e03060a1118191a6364656669646461746162617365757569646e61"
      "6d657072696d6172795f6b65796c61796f75746475726162696c697479696e646578657377726974"
      "655f686f6f6b77726974655f686f6f6b5f646f6f725f666f726d646f6f725f6f7074696f6e730901"
      "0409000413752d32136f7264657273136e756d6265724041200146240702060a0f141c25030a0b0c"
      "0d101169646e616d656b696e646d756c7469726561647966756e6374696f6e646f6f725f666f726d"
      "0902041362795f7461674001021501ff00150000");
  ASSERT_TRUE(entry);
  const auto read = decode_stored(stored_form(PutTable{orders()}).key, *entry);
  ASSERT_TRUE(read) << read.error().what;
  const auto& table = std::get<PutTable>(*read).table;
  EXPECT_TRUE(table.options.all().empty());
  EXPECT_TRUE(table.write_hook_forms.all().empty());
  EXPECT_TRUE(table.indexes.front().forms.all().empty());
  EXPECT_EQ(table.indexes.front().options, Value::object({{"multi", Value::boolean(false)}}));
}

TEST(Change, AFieldThatTookAnothersPlaceIsNotThereBesideIt) {
  value::ObjectBuilder index(*value::decode_document(*stored_form(PutTable{orders()}).entry)
                                  ->find("indexes")
                                  ->as_array()
                                  .begin());
  index.set("multi", Value::boolean(true));
  value::ObjectBuilder table(*value::decode_document(*stored_form(PutTable{orders()}).entry));
  table.set("indexes", Value::array({std::move(index).build()}));
  Bytes entry;
  ASSERT_TRUE(value::encode_document(std::move(table).build(), entry));
  const auto read = decode_stored(stored_form(PutTable{orders()}).key, entry);
  ASSERT_FALSE(read);
  EXPECT_NE(read.error().what.find("unknown field `options`"), std::string::npos)
      << read.error().what;
}

TEST(Change, StorageHoldsOneEntryForEachDefinition) {
  for (const Change& change : every_kind()) {
    const StoredEntry stored = stored_form(change);
    EXPECT_TRUE(stored.key.starts_with(kStoredPrefix));
    EXPECT_NE(stored.key, kNextIdKey);
    if (!stored.entry) continue;
    const auto read = decode_stored(stored.key, *stored.entry);
    ASSERT_TRUE(read);
    EXPECT_EQ(stored_form(*read).entry, stored.entry);
    for (std::size_t size = 0; size < stored.entry->size(); ++size) {
      EXPECT_FALSE(decode_stored(stored.key, BytesView(*stored.entry).substr(0, size)));
    }
  }
}

// What a newer version may have written: read in part, it would be written back without the rest.
TEST(Change, WhatIsNotKnownIsRefusedByName) {
  const auto refusal = [](const StoredEntry& stored, std::string_view name, const Value& value) {
    value::ObjectBuilder edited(*value::decode_document(*stored.entry));
    edited.set(name, value);
    Bytes entry;
    EXPECT_TRUE(value::encode_document(std::move(edited).build(), entry));
    const auto read = decode_stored(stored.key, entry);
    return read ? std::string("read") : read.error().what;
  };
  const StoredEntry table = stored_form(PutTable{orders()});
  EXPECT_NE(refusal(table, "partitions", Value::array({}))
                .find("table `orders` cannot be read: "
                      "unknown field `partitions`"),
            std::string::npos);
  EXPECT_NE(refusal(table, "layout", Value::int64(2)).find("unknown layout 2"), std::string::npos);
  EXPECT_NE(refusal(table, "name", Value::int64(2)).find("wrong type of field `name`"),
            std::string::npos);
  value::ObjectBuilder index(
      *value::decode_document(*table.entry)->find("indexes")->as_array().begin());
  index.set("covers", Value::array({}));
  const std::string unknown = refusal(table, "indexes", Value::array({std::move(index).build()}));
  EXPECT_NE(unknown.find("table `orders`"), std::string::npos) << unknown;
  EXPECT_NE(unknown.find("index `by_tag` cannot be read: unknown field `covers`"),
            std::string::npos)
      << unknown;
  EXPECT_NE(refusal(stored_form(PutUser{ann()}), "quotas", Value::array({})).find("user `ann`"),
            std::string::npos);
  const auto kind = decode_stored("catalog/x12345678", *table.entry);
  ASSERT_FALSE(kind);
  EXPECT_NE(kind.error().what.find("kind `x`"), std::string::npos) << kind.error().what;
}

TEST(Change, DamagedBytesAreRefusedOrAreOtherChanges) {
  const Bytes whole = encode_changes(every_kind());
  for (std::size_t at = 0; at < whole.size(); ++at) {
    EXPECT_FALSE(decode_changes(BytesView(whole).substr(0, at))) << at;
    for (const int flip : {1, 0x80, 0xff}) {
      Bytes damaged = whole;
      damaged[at] = static_cast<char>(damaged[at] ^ flip);
      const auto read = decode_changes(damaged);
      EXPECT_TRUE(!read || encode_changes(*read) != whole) << "unnoticed at " << at;
    }
  }
  EXPECT_FALSE(decode_changes(whole + "x"));
}

TEST(Change, AnEntryUnderAnothersKeyIsCorrupt) {
  const StoredEntry table = stored_form(PutTable{orders()});
  TableDefinition other = orders();
  other.id = TableId{2000};
  EXPECT_FALSE(decode_stored(stored_form(PutTable{other}).key, *table.entry));
  EXPECT_FALSE(decode_stored(stored_form(PutDatabase{shop()}).key, *table.entry));
  EXPECT_FALSE(decode_stored("catalog/uzoe", *stored_form(PutUser{ann()}).entry));
  Bytes grant_of_five;
  const Value user = Value::object({{"name", Value::string("ann")},
                                    {"salt", Value::bytes("")},
                                    {"iterations", Value::int64(1)},
                                    {"stored_key", Value::bytes("")},
                                    {"server_key", Value::bytes("")},
                                    {"empty_password", Value::boolean(true)},
                                    {"grants", Value::array({Value::int64(5)})}});
  ASSERT_TRUE(value::encode_document(user, grant_of_five));
  EXPECT_FALSE(decode_stored("catalog/uann", grant_of_five)) << "a grant that is no object";
}

TEST(CatalogEditor, AViewIsFoundByItsName) {
  const auto made = after(CatalogState::initial(), {PutDatabase{shop()}, PutView{open_orders()}});
  const ViewDefinition* view = made->find_view(DatabaseId{1024}, "open_orders");
  ASSERT_NE(view, nullptr);
  EXPECT_EQ(made->find_view(TableId{1027}), view);
  EXPECT_TRUE(made->has_name(DatabaseId{1024}, "open_orders"));
  EXPECT_EQ(made->find_table(DatabaseId{1024}, "open_orders"), nullptr);
  EXPECT_GT(made->next_id(), 1027U);
  ViewDefinition renamed = *view;
  renamed.name = "few";
  const auto later = after(*made, {PutView{renamed}});
  EXPECT_FALSE(later->has_name(DatabaseId{1024}, "open_orders"));
  ASSERT_EQ(later->views(DatabaseId{1024}).size(), 1U);
  EXPECT_TRUE(after(*later, {DropView{TableId{1027}}})->views(DatabaseId{1024}).empty());
}

TEST(CatalogEditor, ATemporaryTableHasItsNameWhereItIsShown) {
  TableDefinition table = orders();
  const auto before = after(CatalogState::initial(), {PutDatabase{shop()}, PutTable{table}});
  table.id = TableId{2000};
  table.temporary = true;
  const auto made = after(*before, {PutTable{table}});
  EXPECT_EQ(made->find_table(DatabaseId{1024}, "orders")->id, TableId{1025});
  ASSERT_NE(made->find_table(TableId{2000}), nullptr);
  CatalogEditor editor(*made);
  editor.show(TableId{2000});
  const auto seen = std::move(editor).publish();
  EXPECT_EQ(seen->find_table(DatabaseId{1024}, "orders")->id, TableId{2000});
  EXPECT_NE(seen->find_table(TableId{1025}), nullptr);
}

TEST(CatalogEditor, NamesCanBeSwappedInOneStep) {
  TableDefinition a = orders();
  TableDefinition b = orders();
  b.id = TableId{1030};
  b.name = "sales";
  auto state = after(CatalogState::initial(), {PutDatabase{shop()}, PutTable{a}, PutTable{b}});
  std::swap(a.name, b.name);
  state = after(*state, {PutTable{a}, PutTable{b}});
  ASSERT_NE(state->find_table(a.database, "sales"), nullptr);
  ASSERT_NE(state->find_table(a.database, "orders"), nullptr);
  EXPECT_EQ(state->find_table(a.database, "sales")->id, a.id);
  EXPECT_EQ(state->find_table(a.database, "orders")->id, b.id);
  EXPECT_EQ(state->tables(a.database).size(), 2U);

  DatabaseDefinition first = shop();
  DatabaseDefinition second{DatabaseId{1100}, "u-9", "store"};
  state = after(*state, {PutDatabase{second}});
  std::swap(first.name, second.name);
  state = after(*state, {PutDatabase{first}, PutDatabase{second}});
  EXPECT_EQ(state->find_database("store")->id, first.id);
  ASSERT_NE(state->find_database("shop"), nullptr);
  EXPECT_EQ(state->find_database("shop")->id, second.id);
}

TEST(CatalogEditor, DroppingWhoseNameWasTakenOverLeavesTheName) {
  DatabaseDefinition second{DatabaseId{1100}, "u-9", "shop"};
  auto state = after(CatalogState::initial(), {PutDatabase{shop()}});
  state = after(*state, {PutDatabase{second}, DropDatabase{shop().id}});
  ASSERT_NE(state->find_database("shop"), nullptr);
  EXPECT_EQ(state->find_database("shop")->id, second.id);
}

TEST(CatalogEditor, IdsOfEverythingAreTaken) {
  const auto state = after(CatalogState::initial(), {PutTable{orders()}});
  EXPECT_EQ(state->next_id(), 1027U) << "after its index";
}

}  // namespace
}  // namespace octavo::catalog
