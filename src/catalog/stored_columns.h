#pragma once

// What is declared of rows, within the entries of tables and indexes. Where nothing is declared the
// entries have no field of it, as they had before there were columns.

#include "catalog/entry.h"
#include "catalog/model.h"

namespace octavo::catalog {

void put_declared(const TableDefinition& table, value::ObjectBuilder& out);
void put_declared(const IndexDefinition& index, value::ObjectBuilder& out);
Status read_declared(FieldReader& in, TableDefinition& out);
Status read_declared(FieldReader& in, IndexDefinition& out);

}  // namespace octavo::catalog
