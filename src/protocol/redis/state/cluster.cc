#include "protocol/redis/state/cluster.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/crypto.h"
#include "base/text.h"

namespace octavo::redis {
namespace {

constexpr std::size_t kNodeIdDigits = 40;

// CRC16-CCITT (XMODEM): polynomial 0x1021, begins with 0.
constexpr std::array<std::uint16_t, 256> kCrcTable = [] {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte) {
    unsigned crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
    table[byte] = static_cast<std::uint16_t>(crc);
  }
  return table;
}();

unsigned crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (const char c : bytes) {
    const unsigned at = ((crc >> 8) ^ static_cast<unsigned char>(c)) & 0xff;
    crc = ((crc << 8) ^ kCrcTable[at]) & 0xffff;
  }
  return crc;
}

}  // namespace

unsigned slot_of(std::string_view key) {
  const std::size_t open = key.find('{');
  if (open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) {
      key = key.substr(open + 1, close - open - 1);
    }
  }
  return crc16(key) % kSlots;
}

SlotKeys::SlotKeys(keyspace::Keyspace& keyspace, keyspace::Observers& observers)
    : keyspace_(keyspace), observers_(observers) {
  const auto lock = keyspace_.lock();
  read_all();
  observers_.add_listener_locked(*this);
}

SlotKeys::~SlotKeys() { observers_.remove_listener(*this); }

void SlotKeys::read_all() {
  for (Names& names : slots_) names.clear();
  const auto& keys = keyspace_.database(0).keys();
  for (std::uint32_t i = 0; i < keys.size(); ++i) {
    const std::string_view key = keys.at(i)->key();
    slots_[slot_of(key)].emplace(key);
  }
}

std::size_t SlotKeys::count(SlotRange range) const {
  std::size_t sum = 0;
  for (unsigned slot = range.first; slot <= range.last; ++slot) sum += slots_[slot].size();
  return sum;
}

void SlotKeys::about_to_change(unsigned db, std::string_view key) {
  if (db != 0) return;
  if (!touched_.empty() && touched_.back() == key) return;
  touched_.emplace_back(key);
}

void SlotKeys::about_to_flush(unsigned db) {
  if (db == 0) changed_as_a_whole_ = true;
}

void SlotKeys::about_to_swap(unsigned first, unsigned second) {
  if (first == 0 || second == 0) changed_as_a_whole_ = true;
}

void SlotKeys::operation_done() {
  if (changed_as_a_whole_) {
    read_all();
  } else {
    for (const std::string& key : touched_) {
      Names& names = slots_[slot_of(key)];
      if (keyspace_.database(0).find(key) != nullptr) {
        names.insert(key);
      } else {
        names.erase(key);
      }
    }
  }
  changed_as_a_whole_ = false;
  touched_.clear();
}

Cluster::Cluster(std::string_view identity, unsigned masters, keyspace::Keyspace& keyspace,
                 keyspace::Observers& observers)
    : masters_(masters), keys_(keyspace, observers) {
  ASSERT(masters == 1 || masters == kMasters);
  for (unsigned node = 0; node < kClusterNodes; ++node) {
    const Bytes hash = sha256(fmt::format("redis cluster node {} of {}", node, identity));
    ids_[node] = format_hex(hash).substr(0, kNodeIdDigits);
  }
}

// As redis-cli shares them out: 5461, 5462 and 5461.
SlotRange Cluster::slots_of_master(unsigned master) const {
  constexpr SlotRange kRanges[kMasters] = {{0, 5460}, {5461, 10922}, {10923, 16383}};
  return masters_ == 1 ? SlotRange{0, kSlots - 1} : kRanges[master];
}

unsigned Cluster::master_of_slot(unsigned slot) const {
  unsigned master = 0;
  while (slot > slots_of_master(master).last) ++master;
  return master;
}

}  // namespace octavo::redis
