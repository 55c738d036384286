"""The queue as a file: rows for tables, written as CSV or XLSX, the long ones by a job."""
