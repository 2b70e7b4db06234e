#pragma once

// The operations that code refers to by number. Stored with expressions: never used again for
// something else, and new ones go to the end of their block.

#include <cstdint>

#include "dialect/sql/function/operation.h"

namespace octavo::sql::op {

enum Access : std::uint16_t {
  kField = operation_block::kAccess,  // (document, name, [shown])
  kElement,                           // (array, place, [shown])
  kOnlyRow,                           // (array of rows): the one that it has, or null; 1242
};

// Of conditions, which are booleans or null.
enum Logic : std::uint16_t {
  kAnd = operation_block::kLogic,  // (conditions …)
  kOr,                             // (conditions …)
  kNot,
  kXor,
  kTruth,     // (number): whether it is not 0
  kIsTrue,    // never null
  kIsFalse,   // likewise
  kIsNull,    // (any)
  kIf,        // (condition, then, otherwise)
  kCase,      // (condition, then, condition, then, …, otherwise)
  kCoalesce,  // (any …)
  kShare,     // (any, where it is used, slot): computed once for all of its uses
  kShared,    // (slot): what the kShare around it of this slot has computed
  kTold,      // (constant, what it is, warnings): these are told once in a statement (fold.h)
};

enum Arithmetic : std::uint16_t {
  kAddInteger = operation_block::kArithmetic,  // of 64 bits with a sign
  kAddUnsigned,                                // of 64 bits, of operands with or without sign
  kAddDecimal,
  kAddDouble,
  kSubtractInteger,
  kSubtractUnsigned,
  kSubtractDecimal,
  kSubtractDouble,
  kMultiplyInteger,
  kMultiplyUnsigned,
  kMultiplyDecimal,
  kMultiplyDouble,
  kDivideDecimal,  // (a, b, scale, zero): zero is what a division by it is, an OnLoss
  kDivideDouble,   // (a, b, zero)
  kDivInteger,     // (a, b, zero)
  kDivUnsigned,    // (a, b, zero)
  kDivDecimal,     // (a, b, zero, unsigned): an integer
  kModInteger,     // (a, b, zero)
  kModDecimal,
  kModDouble,
  kNegateInteger,
  kNegateDecimal,
  kNegateDouble,
};

// Of the bits of integers, or of bytes of one length.
enum Bits : std::uint16_t {
  kBitAnd = operation_block::kArithmetic + 50,
  kBitOr,
  kBitXor,
  kBitNot,
  kShiftLeft,
  kShiftRight,
  kBytesAnd,
  kBytesOr,
  kBytesXor,
  kBytesNot,
  kBytesShiftLeft,
  kBytesShiftRight,
};

enum Comparison : std::uint16_t {
  // Of two values of one kind that compare as values do.
  kEqual = operation_block::kComparison,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kNullSafeEqual,
  // Of two texts, (a, b, collation).
  kEqualText,
  kNotEqualText,
  kLessText,
  kLessOrEqualText,
  kGreaterText,
  kGreaterOrEqualText,
  kNullSafeEqualText,
  // Of two values of JSON.
  kEqualJson,
  kNotEqualJson,
  kLessJson,
  kLessOrEqualJson,
  kGreaterJson,
  kGreaterOrEqualJson,
  kNullSafeEqualJson,
  kInSorted,      // (value, sorted array without nulls, whether the list had one)
  kLike,          // (text, pattern, escape, collation)
  kRegexp,        // (text, pattern, whether case counts)
  kCollationKey,  // (text, collation): bytes that compare as the texts do
  kMemberNumber,  // (text or array of them, members): of ENUM its place from 1, of SET its bits
  kJsonKey,       // (JSON): a value that compares as JSON does
};

// The last argument of conversions is what a message says of them ("unsigned"): null for those that
// nobody wrote. `how` is an OnLoss.
enum Conversion : std::uint16_t {
  kToDouble = operation_block::kConversion,  // (any, how, shown)
  kToFloat,                                  // (any, how, shown)
  kToInteger,                                // (any, unsigned, how, shown)
  kToDecimal,                                // (any, precision, scale, how, shown)
  kToText,       // (any, form, shown): its form is what of its type counts (form.h)
  kToBytes,      // (any, form, charset of a text, shown)
  kCutText,      // (text, characters, how, shown)
  kCutBytes,     // (bytes, length, whether it is filled up to that, how, shown)
  kToDate,       // (any, mode, today, how, shown)
  kToTime,       // (any, precision, mode, how, shown)
  kToDatetime,   // (any, precision, mode, today, zone of texts that have one, how, shown)
  kToYear,       // (any, how, shown)
  kToLocal,      // (instant, zone): what its clock shows
  kToInstant,    // (what a clock shows, zone, how, shown)
  kToJson,       // (any)
  kParseJson,    // (text, number of the argument, function)
  kBytesToText,  // (bytes, charset, how, shown): what they are in it
  kToUnicode,    // (text, charset, shown): as the set has it, `?` for what it has not
  kRead,         // (any, form, how, shown): of the form's kind, if it is none converted to it
};

enum Store : std::uint16_t {
  kStore = operation_block::kConversion +
           100,  // (any, its type, the column's, its name, rule, mode, zone)
};

}  // namespace octavo::sql::op
