// The globals that scripts find, in the language of scripts: constructors of BSON's types, and what
// MongoDB's server gives its scripts beside the language.

#include "dialect/mongodb/javascript/environment.h"

namespace octavo::mongodb {
namespace {

constexpr std::string_view kGlobals = R"js(function (native) {
"use strict";
var global = new Function("return this")();
function define(object, name, content) {
  Object.defineProperty(object, name,
      {value: content, writable: true, configurable: true, enumerable: false});
}
function methods(constructor, table) {
  for (var name in table) define(constructor.prototype, name, table[name]);
}
// A type: what its constructor gives becomes the parts. May be called without `new`.
function type(name, make, table, others) {
  var constructor = function () {
    var self = this instanceof constructor ? this : Object.create(constructor.prototype);
    var parts = make.apply(self, arguments);
    native.mark(self, name, parts);
    return self;
  };
  define(constructor, "name", name);
  define(constructor.prototype, "constructor", constructor);
  methods(constructor, table);
  native.type(name, constructor);
  define(global, name, constructor);
  return constructor;
}
function part(object, i) { return native.parts(object)[i]; }
function isOf(object, name) { return native.name(object) === name; }
function pad(number, digits) {
  var text = String(number);
  while (text.length < digits) text = "0" + text;
  return text;
}

// --- BSON's types ---
type("ObjectId", function (hex) {
  if (hex === undefined) {
    hex = pad(Math.floor(Date.now() / 1000).toString(16), 8);
    while (hex.length < 24) hex += Math.floor(Math.random() * 16).toString(16);
  }
  hex = isOf(hex, "ObjectId") ? part(hex, 0) : String(hex);
  if (!/^[0-9a-fA-F]{24}$/.test(hex)) throw new Error("invalid object id: length");
  hex = hex.toLowerCase();
  this.str = hex;
  return [hex];
}, {
  toString: function () { return 'ObjectId("' + part(this, 0) + '")'; },
  tojson: function () { return this.toString(); },
  valueOf: function () { return part(this, 0); },
  toHexString: function () { return part(this, 0); },
  isObjectId: true,
  getTimestamp: function () { return new Date(parseInt(part(this, 0).slice(0, 8), 16) * 1000); },
  equals: function (other) { return isOf(other, "ObjectId") && part(this, 0) === part(other, 0); }
});
define(global, "ObjectID", global.ObjectId);

type("NumberLong", function (number) {
  if (number === undefined) return ["0"];
  if (isOf(number, "NumberLong")) return [part(number, 0)];
  if (typeof number === "string") {
    if (!/^[+-]?[0-9]{1,19}$/.test(number)) {
      throw new Error("could not convert \"" + number + "\" to NumberLong");
    }
    return [number.replace("+", "")];
  }
  number = Number(number);
  number = number < 0 ? Math.ceil(number) : Math.floor(number);
  if (number !== number) number = 0;
  if (number >= 9223372036854775807) return ["9223372036854775807"];
  if (number <= -9223372036854775808) return ["-9223372036854775808"];
  return [number.toFixed(0)];
}, {
  toString: function () {
    var digits = part(this, 0);
    return Math.abs(Number(digits)) < 2147483648 ? "NumberLong(" + digits + ")"
                                                 : 'NumberLong("' + digits + '")';
  },
  tojson: function () { return this.toString(); },
  toNumber: function () { return Number(part(this, 0)); },
  valueOf: function () { return Number(part(this, 0)); },
  compare: function (other) {
    var a = this.toNumber(), b = Number(other);
    return a < b ? -1 : a > b ? 1 : 0;
  }
});
Object.defineProperty(global.NumberLong.prototype, "floatApprox",
                      {get: function () { return this.toNumber(); }, enumerable: false});

type("NumberInt", function (number) { return [Number(number === undefined ? 0 : number) | 0]; }, {
  toString: function () { return "NumberInt(" + part(this, 0) + ")"; },
  tojson: function () { return this.toString(); },
  toNumber: function () { return part(this, 0); },
  valueOf: function () { return part(this, 0); }
});

type("NumberDecimal", function (number) {
  if (isOf(number, "NumberDecimal")) return [part(number, 0)];
  return [native.decimalText(String(number === undefined ? 0 : number))];
}, {
  toString: function () { return 'NumberDecimal("' + part(this, 0) + '")'; },
  tojson: function () { return this.toString(); },
  valueOf: function () { return this.toString(); }
});

type("Timestamp", function (seconds, increment) {
  this.t = seconds === undefined ? 0 : Number(seconds);
  this.i = increment === undefined ? 0 : Number(increment);
  return [this.t, this.i];
}, {
  toString: function () { return "Timestamp(" + part(this, 0) + ", " + part(this, 1) + ")"; },
  tojson: function () { return this.toString(); },
  getTime: function () { return part(this, 0); },
  getInc: function () { return part(this, 1); }
});

type("BinData", function (subtype, base64) {
  native.hexOfBase64(String(base64));
  return [Number(subtype), String(base64)];
}, {
  toString: function () { return 'BinData(' + part(this, 0) + ',"' + part(this, 1) + '")'; },
  tojson: function () { return uuidText(this) || this.toString(); },
  base64: function () { return part(this, 1); },
  subtype: function () { return part(this, 0); },
  length: function () { return native.hexOfBase64(part(this, 1)).length / 2; },
  hex: function () { return native.hexOfBase64(part(this, 1)); }
});
function uuidText(binary) {
  var hex = binary.hex();
  if (part(binary, 0) !== 4 || hex.length !== 32) return undefined;
  return 'UUID("' + [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20),
                     hex.slice(20)].join("-") + '")';
}
define(global, "HexData", function (subtype, hex) {
  return new global.BinData(subtype, native.base64OfHex(String(hex)));
});
define(global, "UUID", function (text) {
  var hex = String(text).replace(/-/g, "");
  if (hex.length !== 32) throw new Error("UUID string must have 32 hex characters");
  return global.HexData(4, hex);
});
define(global, "MD5", function (hex) { return global.HexData(5, hex); });

type("MinKey", function () { return []; }, {
  toString: function () { return '{ "$minKey" : 1 }'; },
  tojson: function () { return this.toString(); }
});
type("MaxKey", function () { return []; }, {
  toString: function () { return '{ "$maxKey" : 1 }'; },
  tojson: function () { return this.toString(); }
});

type("Code", function (code, scope) {
  this.code = String(code);
  if (scope !== undefined) this.scope = scope;
  return scope === undefined ? [this.code] : [this.code, scope];
}, {
  toString: function () { return "Code(" + JSON.stringify(this.code) + ")"; },
  tojson: function () { return this.toString(); }
});

define(global, "DBRef", function DBRef(collection, id, database) {
  if (!(this instanceof DBRef)) return new DBRef(collection, id, database);
  this.$ref = collection;
  this.$id = id;
  if (database !== undefined) this.$db = database;
});

// --- Dates ---
define(global, "ISODate", function (text) {
  if (text === undefined) return new Date();
  var m = new RegExp("^(\\d{4})-?(\\d{2})-?(\\d{2})" +
                     "([T ](\\d{2})(:?(\\d{2})(:?(\\d{2}(\\.\\d+)?))?)?" +
                     "(Z|([+-])(\\d{2}):?(\\d{2})?)?)?$").exec(String(text));
  if (!m) throw new Error("invalid ISO date: " + text);
  var seconds = m[9] ? Number(m[9]) : 0;
  var time = Date.UTC(+m[1], m[2] - 1, +m[3], +(m[5] || 0), +(m[7] || 0)) +
      Math.floor(seconds) * 1000 + Math.round((seconds % 1) * 1000);
  if (m[12]) {
    var offset = (m[13] * 60 + +(m[14] || 0)) * 60000;
    time += m[12] === "+" ? -offset : offset;
  }
  return new Date(time);
});
define(Date.prototype, "tojson", function () { return 'ISODate("' + this.toISOString() + '")'; });

// --- As MongoDB writes values ---
function tojson(x, indent, nolint) {
  if (x === null) return "null";
  if (x === undefined) return "undefined";
  if (typeof x === "string") return JSON.stringify(x);
  if (typeof x === "number" || typeof x === "boolean") return String(x);
  if (typeof x === "function") return x.toString();
  if (typeof x !== "object") return String(x);
  return tojsonObject(x, indent, nolint);
}
function tojsonObject(x, indent, nolint) {
  if (typeof x.tojson === "function" && x.tojson !== tojson) return x.tojson(indent, nolint);
  if (x instanceof RegExp) return x.toString();
  indent = indent || "";
  var end = nolint ? " " : "\n", inner = nolint ? "" : indent + "\t", parts = [];
  if (Array.isArray(x)) {
    if (x.length === 0) return "[ ]";
    for (var i = 0; i < x.length; ++i) parts.push(inner + tojson(x[i], inner, nolint));
    return "[" + end + parts.join("," + end) + end + (nolint ? "" : indent) + "]";
  }
  Object.keys(x).forEach(function (key) {
    parts.push(inner + JSON.stringify(key) + " : " + tojson(x[key], inner, nolint));
  });
  if (parts.length === 0) return "{ }";
  return "{" + end + parts.join("," + end) + end + (nolint ? "" : indent) + "}";
}
define(global, "tojson", tojson);
define(global, "tojsonObject", tojsonObject);
define(global, "tojsononeline", function (x) { return tojson(x, "", true); });
define(global, "tostrictjson", function (x) { return JSON.stringify(x); });
// For nobody: the log of the server is no place for data.
["print", "printjson", "printjsononeline"].forEach(function (name) {
  define(global, name, function () { });
});

// --- Small things that scripts use ---
define(global, "hex_md5", native.hexMd5);
define(global, "sleep", function (ms) { native.sleep(Number(ms)); });
define(global, "isNumber", function (x) {
  return typeof x === "number" || isOf(x, "NumberLong") || isOf(x, "NumberInt");
});
define(global, "isString", function (x) { return typeof x === "string"; });
define(global, "isObject", function (x) { return typeof x === "object"; });
define(global, "assert", function (holds, text) {
  if (!holds) throw new Error("assert failed" + (text === undefined ? "" : " : " + text));
});
define(Array, "sum", function (a) {
  if (a.length === 0) return null;
  var sum = a[0];
  for (var i = 1; i < a.length; ++i) sum = sum + a[i];
  return sum;
});
define(Array, "avg", function (a) { return a.length === 0 ? null : Array.sum(a) / a.length; });
define(Array, "stdDev", function (a) {
  var mean = Array.avg(a), sum = 0;
  for (var i = 0; i < a.length; ++i) sum += Math.pow(a[i] - mean, 2);
  return Math.sqrt(sum / a.length);
});
define(Array, "contains", function (a, x) { return a.some(function (y) { return y === x; }); });
define(Array, "unique", function (a) {
  var seen = [];
  a.forEach(function (x) { if (!Array.contains(seen, x)) seen.push(x); });
  return seen;
});
define(Array, "tojson", function (a, indent, nolint) { return tojson(a, indent, nolint); });
define(Object, "extend", function (to, from) {
  for (var key in from) to[key] = from[key];
  return to;
});
define(Object, "keySet", function (object) {
  var keys = [];
  for (var key in object) keys.push(key);
  return keys;
});

// --- mapReduce ---
define(global, "emit", function (key, content) {
  if (arguments.length !== 2) throw new Error("emit takes 2 args");
  native.keep({k: key === undefined ? null : key, v: content});
});
})js";

}  // namespace

std::string_view script_globals() { return kGlobals; }

}  // namespace octavo::mongodb
