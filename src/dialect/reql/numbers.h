#pragma once

// Numbers of the terms that code refers to by name: the wire's (ql2.proto) below 1000, and
// internal functions, which only lowering writes, from 1000 on. Stored with index definitions and
// write hooks: a number is never reused.

#include <cstdint>

#include "algebra/expr.h"

namespace octavo::reql::term {

constexpr std::uint16_t kDatum = 1;
constexpr std::uint16_t kMakeArray = 2;
constexpr std::uint16_t kMakeObj = 3;
constexpr std::uint16_t kVar = 10;
constexpr std::uint16_t kImplicitVar = 13;
constexpr std::uint16_t kDb = 14;
constexpr std::uint16_t kTable = 15;
constexpr std::uint16_t kEq = 17;
constexpr std::uint16_t kNe = 18;
constexpr std::uint16_t kLt = 19;
constexpr std::uint16_t kLe = 20;
constexpr std::uint16_t kGt = 21;
constexpr std::uint16_t kGe = 22;
constexpr std::uint16_t kNot = 23;
constexpr std::uint16_t kAdd = 24;
constexpr std::uint16_t kSub = 25;
constexpr std::uint16_t kMul = 26;
constexpr std::uint16_t kDiv = 27;
constexpr std::uint16_t kMod = 28;
constexpr std::uint16_t kGetField = 31;
constexpr std::uint16_t kHasFields = 32;
constexpr std::uint16_t kPluck = 33;
constexpr std::uint16_t kOrderBy = 41;
constexpr std::uint16_t kUnion = 44;
constexpr std::uint16_t kDefault = 92;
constexpr std::uint16_t kContains = 93;
constexpr std::uint16_t kChanges = 152;
constexpr std::uint16_t kFuncall = 64;
constexpr std::uint16_t kOr = 66;
constexpr std::uint16_t kAnd = 67;
constexpr std::uint16_t kFunc = 69;
constexpr std::uint16_t kAsc = 73;
constexpr std::uint16_t kDesc = 74;
constexpr std::uint16_t kNow = 103;
constexpr std::uint16_t kArgs = 154;
constexpr std::uint16_t kBracket = 170;

constexpr std::uint16_t kFirstInternal = 1000;
constexpr std::uint16_t kFilterTest = 1000;  // (predicate's value) {default}: exactly true or false
constexpr std::uint16_t kFilterMatch = 1001;  // (row, object) {default}: the object's fields match
constexpr std::uint16_t kAtMostOne = 1002;    // (value): [value], or [] when it is missing
constexpr std::uint16_t kNumberOf = 1003;     // (value): itself, or the error that sum and avg give
constexpr std::uint16_t kOrNull = 1004;       // (value): itself, or null when it is missing
constexpr std::uint16_t kZipRow = 1005;       // ({left, right}): the two merged
constexpr std::uint16_t kIndexKeys = 1006;    // (value): array of the keys of a multi index
constexpr std::uint16_t kIndexKey = 1007;     // (value): array of the key of a plain index, if any
constexpr std::uint16_t kSequenceOf = 1008;   // (value): as an array, if it is a sequence
constexpr std::uint16_t kGeoTest = 1009;      // (geometry or array, geometry): whether any meets it
constexpr std::uint16_t kGeoRows = 1010;      // (row, array, geometry): the row for each that does

constexpr std::uint16_t kIsThere = 1011;  // (value): whether it is there and not null

constexpr algebra::FamilyId kFamily{1};  // of all of them

constexpr algebra::FunctionId id(std::uint16_t number) {
  return {.family = kFamily, .number = number};
}

}  // namespace octavo::reql::term
