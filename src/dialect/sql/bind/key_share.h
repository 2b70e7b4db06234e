#pragma once

// How many rows scans by keys are thought to read.

#include <set>

#include "algebra/plan.h"
#include "catalog/model.h"
#include "dialect/sql/bind/column_origin.h"

namespace octavo::sql {

class RowEstimates;

// `table`: that of the scan; null: it is not there.
double scanned_rows(const algebra::Scan& scan, const catalog::TableDefinition* table,
                    RowEstimates& estimates);
double scanned_rows(const algebra::ScanBy& scan, const catalog::TableDefinition* table,
                    RowEstimates& estimates);

// The columns by which a scan leaves out rows.
std::set<StoredColumn> scanned_by(const algebra::Plan& scan, const catalog::TableDefinition* table);

}  // namespace octavo::sql
