// go-sql-driver/mysql behind database/sql. The server is told by the environment (test_mysql_drivers.py).
package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

const database = "go_driver"

func config(change func(*mysql.Config)) *mysql.Config {
	c := mysql.NewConfig()
	c.User, c.Net, c.Addr, c.DBName = "root", "tcp", os.Getenv("OCTAVO_MYSQL"), database
	if change != nil {
		change(c)
	}
	return c
}

func open(t *testing.T, change func(*mysql.Config)) *sql.DB {
	t.Helper()
	connector, err := mysql.NewConnector(config(change))
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(connector)
	t.Cleanup(func() { db.Close() })
	return db
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func exec(t *testing.T, db interface {
	Exec(string, ...any) (sql.Result, error)
}, text string, arguments ...any) sql.Result {
	t.Helper()
	result, err := db.Exec(text, arguments...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return result
}

func equal(t *testing.T, given, expected any) {
	t.Helper()
	if !reflect.DeepEqual(given, expected) {
		t.Fatalf("given %#v, expected %#v", given, expected)
	}
}

// The first column of the first row.
func one[T any](t *testing.T, db interface {
	QueryRow(string, ...any) *sql.Row
}, text string, arguments ...any) (value T) {
	t.Helper()
	if err := db.QueryRow(text, arguments...).Scan(&value); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return value
}

func isError(t *testing.T, err error, number uint16) {
	t.Helper()
	var told *mysql.MySQLError
	if !errors.As(err, &told) || told.Number != number {
		t.Fatalf("expected error %d, given %v", number, err)
	}
}

func until(t *testing.T, condition func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("it did not come to be in 30 s")
		}
	}
}

func TestMain(m *testing.M) {
	root, err := mysql.NewConnector(config(func(c *mysql.Config) { c.DBName, c.MultiStatements = "", true }))
	if err == nil {
		_, err = sql.OpenDB(root).Exec("DROP DATABASE IF EXISTS " + database + "; CREATE DATABASE " + database)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func compressed(c *mysql.Config) {
	if err := c.Apply(mysql.EnableCompression(true)); err != nil {
		panic(err)
	}
}

// Many at once, each with its number.
func together(many int, body func(int)) {
	var all sync.WaitGroup
	for i := range many {
		all.Add(1)
		go func() {
			defer all.Done()
			body(i)
		}()
	}
	all.Wait()
}

// How statements get to the server: prepared, or with the parameters written into the text.
var ways = map[string]func(*mysql.Config){
	"prepared":     nil,
	"interpolated": func(c *mysql.Config) { c.InterpolateParams = true },
	"compressed":   compressed,
}

func eachWay(t *testing.T, change func(*mysql.Config), body func(*testing.T, *sql.DB)) {
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			body(t, open(t, func(c *mysql.Config) {
				for _, one := range []func(*mysql.Config){way, change} {
					if one != nil {
						one(c)
					}
				}
			}))
		})
	}
}

func TestValuesOfEveryType(t *testing.T) {
	eachWay(t, func(c *mysql.Config) { c.ParseTime = true }, func(t *testing.T, db *sql.DB) {
		exec(t, db, "DROP TABLE IF EXISTS every_type")
		exec(t, db, `CREATE TABLE every_type (id INT PRIMARY KEY, tiny TINYINT, big BIGINT, huge BIGINT UNSIGNED,
			real4 FLOAT, real8 DOUBLE, exact DECIMAL(20,4), bits BIT(9), word VARCHAR(50), body LONGTEXT,
			raw VARBINARY(20), day DATE, moment DATETIME(6), stamp TIMESTAMP(3) NULL, clock TIME(2), year4 YEAR,
			colour ENUM('red','blue'), flags SET('a','b','c'), doc JSON)`)
		moment := time.Date(2024, 2, 29, 13, 14, 15, 678000000, time.UTC)
		long := strings.Repeat("x'\\\"\n", 20000)
		exec(t, db, "INSERT INTO every_type VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", 1, int8(-128),
			int64(-9223372036854775808), uint64(18446744073709551615), float32(0.5), 1e300, "-1234567890123456.7891",
			[]byte{1, 255}, "naïve 𝄞", long, []byte{0, 39, 92, 255}, moment, moment, moment, "-838:59:58.25", 2024,
			"blue", "a,c", []byte(`{"a": [1, null]}`))
		var (
			tiny                                    int8
			big                                     int64
			huge                                    uint64
			real4                                   float32
			real8                                   float64
			exact, word, body, clock, colour, flags string
			bits, raw, doc                          []byte
			day, when, stamp                        time.Time
			year                                    int
		)
		columns := "tiny, big, huge, real4, real8, exact, bits, word, body, raw, day, moment, stamp, clock, year4, colour, flags, doc"
		into := []any{&tiny, &big, &huge, &real4, &real8, &exact, &bits, &word, &body, &raw, &day, &when, &stamp, &clock,
			&year, &colour, &flags, &doc}
		must(t, db.QueryRow("SELECT "+columns+" FROM every_type WHERE id = ? AND moment = ?", 1, moment).Scan(into...))
		equal(t, []any{tiny, big, huge, real4, real8, exact, word, colour, flags, year},
			[]any{int8(-128), int64(-9223372036854775808), uint64(18446744073709551615), float32(0.5), 1e300,
				"-1234567890123456.7891", "naïve 𝄞", "blue", "a,c", 2024})
		equal(t, []any{bits, raw, string(doc), body == long}, []any{[]byte{1, 255}, []byte{0, 39, 92, 255}, `{"a": [1, null]}`, true})
		equal(t, []any{day, when, stamp, strings.TrimRight(clock, "0")},
			[]any{moment.Truncate(24 * time.Hour), moment, moment, "-838:59:58.25"})

		exec(t, db, "INSERT INTO every_type (id, big, moment, word) VALUES (?, ?, ?, ?)", 2, sql.NullInt64{}, nil, sql.NullString{})
		var nothing [3]any
		must(t, db.QueryRow("SELECT big, moment, word FROM every_type WHERE id = ?", 2).Scan(&nothing[0], &nothing[1], &nothing[2]))
		equal(t, nothing, [3]any{})
	})
}

func TestTypesOfColumns(t *testing.T) {
	db := open(t, func(c *mysql.Config) { c.ParseTime = true })
	exec(t, db, `CREATE TABLE typed (a BIGINT UNSIGNED NOT NULL, b VARCHAR(20), c DECIMAL(8,3), d DATETIME(6),
		e DOUBLE, f JSON, g VARBINARY(9), h INT)`)
	rows, err := db.Query("SELECT * FROM typed")
	must(t, err)
	defer rows.Close()
	types, err := rows.ColumnTypes()
	must(t, err)
	var told []string
	for _, one := range types {
		nullable, _ := one.Nullable()
		precision, scale, decimal := one.DecimalSize()
		told = append(told, fmt.Sprintf("%s %s null=%v %v", one.Name(), one.DatabaseTypeName(), nullable, one.ScanType()))
		if decimal && one.Name() == "c" {
			told = append(told, fmt.Sprint(precision, scale))
		}
	}
	equal(t, told, []string{
		"a UNSIGNED BIGINT null=false uint64", "b VARCHAR null=true sql.NullString",
		"c DECIMAL null=true sql.NullString", "8 3", "d DATETIME null=true sql.NullTime",
		"e DOUBLE null=true sql.NullFloat64", "f JSON null=true sql.NullString", "g VARBINARY null=true []uint8",
		"h INT null=true sql.NullInt64",
	})
}

func TestPreparedStatements(t *testing.T) {
	db := open(t, nil)
	exec(t, db, "CREATE TABLE prepared (id INT PRIMARY KEY, word VARCHAR(10))")
	insert, err := db.Prepare("INSERT INTO prepared VALUES (?, ?)")
	must(t, err)
	defer insert.Close()
	together(40, func(i int) {
		if _, err := insert.Exec(i, fmt.Sprint("word ", i)); err != nil {
			t.Error(err)
		}
	})
	find, err := db.Prepare("SELECT word FROM prepared WHERE id BETWEEN ? AND ? ORDER BY id")
	must(t, err)
	for range 3 {
		rows, err := find.Query(5, 6)
		must(t, err)
		var words []string
		for rows.Next() {
			var word string
			must(t, rows.Scan(&word))
			words = append(words, word)
		}
		must(t, rows.Err())
		equal(t, words, []string{"word 5", "word 6"})
	}
	must(t, find.Close())
	_, err = insert.Exec(1, "again")
	isError(t, err, 1062)
	_, err = db.Prepare("SELECT ? FROM")
	isError(t, err, 1064)
	equal(t, one[int](t, db, "SELECT COUNT(*) FROM prepared"), 40)
	// In a text there is no room for so many; in long data there is.
	long := strings.Repeat("é", 9<<20)
	equal(t, one[int](t, open(t, func(c *mysql.Config) { c.MaxAllowedPacket = 1 << 25 }), "SELECT CHAR_LENGTH(?)", long), 9<<20)
}

func TestDatesOfZones(t *testing.T) {
	kolkata, err := time.LoadLocation("Asia/Kolkata")
	must(t, err)
	moment := time.Date(2024, 3, 1, 1, 2, 3, 456789000, kolkata)
	eachWay(t, func(c *mysql.Config) {
		c.ParseTime, c.Loc = true, kolkata
		c.Params = map[string]string{"time_zone": "'Asia/Kolkata'"}
	}, func(t *testing.T, db *sql.DB) {
		exec(t, db, "DROP TABLE IF EXISTS zoned")
		exec(t, db, "CREATE TABLE zoned (d DATE, m DATETIME(6), s TIMESTAMP(6) NULL)")
		exec(t, db, "INSERT INTO zoned VALUES (?, ?, ?)", moment, moment, moment)
		var m, s time.Time
		must(t, db.QueryRow("SELECT m, s FROM zoned WHERE s = ?", moment).Scan(&m, &s))
		if !m.Equal(moment) || !s.Equal(moment) || m.Location().String() != "Asia/Kolkata" {
			t.Fatal(m, s)
		}
		equal(t, one[string](t, open(t, nil), "SELECT CONCAT(m, ' ', s) FROM zoned"),
			"2024-03-01 01:02:03.456789 2024-02-29 19:32:03.456789")
		exec(t, db, "DELETE FROM zoned")
		exec(t, db, "INSERT INTO zoned (d) VALUES (?)", time.Time{}.AddDate(1, 0, 0))
		equal(t, one[string](t, open(t, nil), "SELECT d FROM zoned")[:4], "0002")
	})
	db := open(t, func(c *mysql.Config) { c.ParseTime = true; c.Params = map[string]string{"sql_mode": "''"} })
	exec(t, db, "DELETE FROM zoned")
	exec(t, db, "INSERT INTO zoned (m) VALUES ('0000-00-00')")
	for _, arguments := range [][]any{{}, {1}} {
		text := "SELECT m FROM zoned" + strings.Repeat(" WHERE 1 = ?", len(arguments))
		equal(t, one[time.Time](t, db, text, arguments...).IsZero(), true)
	}
}

func TestSeveralStatements(t *testing.T) {
	for _, interpolate := range []bool{false, true} {
		db := open(t, func(c *mysql.Config) { c.MultiStatements, c.InterpolateParams = true, interpolate })
		exec(t, db, "DROP TABLE IF EXISTS several; CREATE TABLE several (id INT PRIMARY KEY); INSERT INTO several VALUES (1), (2)")
		rows, err := db.Query("SELECT id FROM several ORDER BY id; SELECT 'two', 2; SELECT id FROM several WHERE id > 5")
		must(t, err)
		var told []string
		for more := true; more; more = rows.NextResultSet() {
			columns, err := rows.Columns()
			must(t, err)
			for rows.Next() {
				values := make([]sql.RawBytes, len(columns))
				into := make([]any, len(columns))
				for i := range values {
					into[i] = &values[i]
				}
				must(t, rows.Scan(into...))
				told = append(told, string(bytes.Join(func() (all [][]byte) {
					for _, value := range values {
						all = append(all, value)
					}
					return
				}(), []byte(","))))
			}
			told = append(told, fmt.Sprint(len(columns)))
		}
		must(t, rows.Err())
		equal(t, told, []string{"1", "2", "1", "two,2", "2", "1"})
		// The rest of a text does not run behind an error, and rows that nobody reads are taken off the wire.
		_, err = db.Exec("INSERT INTO several VALUES (3); INSERT INTO several VALUES (3); INSERT INTO several VALUES (4)")
		isError(t, err, 1062)
		rows, err = db.Query("SELECT 1; SELECT * FROM several; SELECT 3")
		must(t, err)
		must(t, rows.Close())
		equal(t, one[int](t, db, "SELECT MAX(id) FROM several"), 3)
		if interpolate {
			equal(t, one[string](t, db, "SELECT ?", "a;b"), "a;b")
		}
	}
	_, err := open(t, nil).Exec("SELECT 1; SELECT 2")
	isError(t, err, 1064)
}

func TestResults(t *testing.T) {
	db := open(t, nil)
	exec(t, db, "CREATE TABLE results (id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, n INT)")
	told := func(result sql.Result) [2]int64 {
		id, _ := result.LastInsertId()
		affected, _ := result.RowsAffected()
		return [2]int64{id, affected}
	}
	equal(t, told(exec(t, db, "INSERT INTO results (n) VALUES (?), (?)", 1, 2)), [2]int64{1, 2})
	equal(t, told(exec(t, db, "UPDATE results SET n = 2")), [2]int64{0, 1})
	found := open(t, func(c *mysql.Config) { c.ClientFoundRows = true })
	equal(t, told(exec(t, found, "UPDATE results SET n = 2")), [2]int64{0, 2})
	_, err := db.Exec("INSERT INTO results VALUES (1, 1)")
	isError(t, err, 1062)
	equal(t, err.Error(), "Error 1062 (23000): Duplicate entry '1' for key 'results.PRIMARY'")
}

func TestLocalFiles(t *testing.T) {
	eachWay(t, func(c *mysql.Config) { c.AllowAllFiles = false }, func(t *testing.T, db *sql.DB) {
		exec(t, db, "DROP TABLE IF EXISTS files")
		exec(t, db, "CREATE TABLE files (id INT PRIMARY KEY, word VARCHAR(20))")
		var text bytes.Buffer
		for i := range 2000 {
			fmt.Fprintf(&text, "%d;wörd %d\n", i, i)
		}
		mysql.RegisterReaderHandler("rows", func() io.Reader { return bytes.NewReader(text.Bytes()) })
		defer mysql.DeregisterReaderHandler("rows")
		load := func(name string) (int64, error) {
			result, err := db.Exec("LOAD DATA LOCAL INFILE '" + name + "' INTO TABLE files FIELDS TERMINATED BY ';'")
			if err != nil {
				return 0, err
			}
			return result.RowsAffected()
		}
		rows, err := load("Reader::rows")
		must(t, err)
		equal(t, rows, int64(2000))
		equal(t, one[string](t, db, "SELECT word FROM files WHERE id = 1999"), "wörd 1999")

		path := t.TempDir() + "/rows"
		must(t, os.WriteFile(path, []byte("1999;again\n2000;new\n"), 0o600))
		_, err = load(path) // the driver shows no file that it was not told of
		if err == nil || !strings.Contains(err.Error(), "not registered") {
			t.Fatal(err)
		}
		mysql.RegisterLocalFile(path)
		rows, err = load(path)
		must(t, err)
		equal(t, rows, int64(1))

		mysql.RegisterReaderHandler("torn", func() io.Reader {
			return io.MultiReader(strings.NewReader("30000;x\n"), tornReader{})
		})
		if _, err = load("Reader::torn"); err == nil || !strings.Contains(err.Error(), "torn") {
			t.Fatal(err)
		}
		equal(t, one[string](t, db, "SELECT word FROM files WHERE id = 2000"), "new")
	})
}

type tornReader struct{}

func (tornReader) Read([]byte) (int, error) { return 0, errors.New("torn") }

func TestContextsEndStatements(t *testing.T) {
	db := open(t, nil)
	running := func() int {
		return one[int](t, db, "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP%'")
	}
	short, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	var unused int
	if err := db.QueryRowContext(short, "SELECT SLEEP(100)").Scan(&unused); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	until(t, func() bool { return running() == 0 }) // the server sees that its client is gone

	cancelled, cancel := context.WithCancel(context.Background())
	go func() {
		until(t, func() bool { return running() == 1 })
		cancel()
	}()
	if _, err := db.ExecContext(cancelled, "SELECT SLEEP(?)", 100); !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	until(t, func() bool { return running() == 0 })

	exec(t, db, "CREATE TABLE cancelled (n INT)")
	scope, cancel := context.WithCancel(context.Background())
	tx, err := db.BeginTx(scope, nil)
	must(t, err)
	exec(t, tx, "INSERT INTO cancelled VALUES (1)")
	cancel()
	until(t, func() bool { _, err := tx.Exec("DO 0"); return err != nil })
	if err := tx.Commit(); err == nil {
		t.Fatal("committed though it was cancelled")
	}
	equal(t, one[int](t, db, "SELECT COUNT(*) FROM cancelled"), 0)
	exec(t, db, "DROP TABLE cancelled") // and nobody holds a lock on it
}

func TestTransactions(t *testing.T) {
	db := open(t, nil)
	exec(t, db, "CREATE TABLE money (id INT PRIMARY KEY, n INT)")
	exec(t, db, "INSERT INTO money VALUES (1, 10), (2, 10)")
	sum := func(from interface {
		QueryRow(string, ...any) *sql.Row
	}) string {
		return one[string](t, from, "SELECT GROUP_CONCAT(n ORDER BY id) FROM money")
	}
	for level, seen := range map[sql.IsolationLevel]string{
		sql.LevelReadUncommitted: "11,10", sql.LevelReadCommitted: "11,10", sql.LevelRepeatableRead: "10,10",
		sql.LevelSerializable: "10,10", sql.LevelDefault: "10,10",
	} {
		exec(t, db, "UPDATE money SET n = 10")
		reader, err := db.BeginTx(context.Background(), &sql.TxOptions{Isolation: level})
		must(t, err)
		equal(t, sum(reader), "10,10")
		if level == sql.LevelSerializable { // its reads lock
			waits := open(t, func(c *mysql.Config) { c.Params = map[string]string{"innodb_lock_wait_timeout": "1"} })
			_, err := waits.Exec("UPDATE money SET n = 11 WHERE id = 1")
			isError(t, err, 1205)
		} else {
			exec(t, db, "UPDATE money SET n = 11 WHERE id = 1")
		}
		equal(t, sum(reader), seen)
		must(t, reader.Rollback())
	}
	exec(t, db, "UPDATE money SET n = 10")
	readOnly, err := db.BeginTx(context.Background(), &sql.TxOptions{ReadOnly: true})
	must(t, err)
	_, err = readOnly.Exec("DELETE FROM money")
	isError(t, err, 1792)
	must(t, readOnly.Rollback())
	// Both want what the other has: one loses, and its work is gone.
	first, err := db.Begin()
	must(t, err)
	second, err := db.Begin()
	must(t, err)
	exec(t, first, "UPDATE money SET n = 1 WHERE id = 1")
	exec(t, second, "UPDATE money SET n = 2 WHERE id = 2")
	told := make(chan error)
	go func() {
		_, err := first.Exec("UPDATE money SET n = 1 WHERE id = 2")
		told <- errors.Join(err, first.Commit())
	}()
	_, err = second.Exec("UPDATE money SET n = 2 WHERE id = 1")
	other := errors.Join(<-told, nil)
	must(t, second.Commit())
	if err == nil {
		err = other
	} else {
		must(t, other)
	}
	isError(t, err, 1213)
	if after := sum(db); after != "1,1" && after != "2,2" {
		t.Fatal(after)
	}
}

func TestThePool(t *testing.T) {
	db := open(t, nil)
	db.SetMaxOpenConns(3)
	db.SetMaxIdleConns(3)
	exec(t, db, "CREATE TABLE pooled (id INT PRIMARY KEY, by_whom BIGINT)")
	together(60, func(i int) {
		if _, err := db.Exec("INSERT INTO pooled VALUES (?, CONNECTION_ID())", i); err != nil {
			t.Error(err)
		}
	})
	equal(t, one[int](t, db, "SELECT COUNT(DISTINCT by_whom) <= 3 AND COUNT(*) = 60 FROM pooled"), 1)
	// What one borrower leaves in its session is not the next one's.
	db.SetMaxOpenConns(1)
	exec(t, db, "SET @left = 5")
	must(t, db.Ping())
	id := one[int64](t, db, "SELECT CONNECTION_ID()")
	killer := open(t, nil)
	exec(t, killer, fmt.Sprintf("KILL %d", id))
	until(t, func() bool {
		return one[int](t, killer, "SELECT COUNT(*) FROM information_schema.processlist WHERE id = ?", id) == 0
	})
	// The driver looks at an idle connection before it uses it, and makes a new one.
	if other := one[int64](t, db, "SELECT CONNECTION_ID()"); other == id {
		t.Fatal(other)
	}
	db.SetConnMaxLifetime(time.Nanosecond)
	a, b := one[int64](t, db, "SELECT CONNECTION_ID()"), one[int64](t, db, "SELECT CONNECTION_ID()")
	if a == b {
		t.Fatal(a)
	}
}

func pool(t *testing.T) *x509.CertPool {
	t.Helper()
	text, err := os.ReadFile(os.Getenv("OCTAVO_CERTIFICATE"))
	must(t, err)
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		t.Fatal("no certificate")
	}
	return roots
}

func TestTLS(t *testing.T) {
	const cipher = "SELECT VARIABLE_VALUE <> '' FROM performance_schema.session_status WHERE VARIABLE_NAME = 'Ssl_cipher'"
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			db := open(t, func(c *mysql.Config) {
				c.TLS = &tls.Config{RootCAs: pool(t), ServerName: "localhost"}
				if way != nil {
					way(c)
				}
			})
			equal(t, one[int](t, db, cipher), 1)
			long := strings.Repeat("é", 1<<20)
			equal(t, one[string](t, db, "SELECT ?", long) == long, true)
		})
	}
	equal(t, one[int](t, open(t, nil), cipher), 0)
	for _, wrong := range []*tls.Config{{ServerName: "localhost"}, {RootCAs: pool(t), ServerName: "example.com"}} {
		var told *tls.CertificateVerificationError
		if err := open(t, func(c *mysql.Config) { c.TLS = wrong }).Ping(); !errors.As(err, &told) {
			t.Fatal(err)
		}
	}
}

func TestLogins(t *testing.T) {
	root := open(t, nil)
	exec(t, root, "DROP USER IF EXISTS go_rsa, go_tls, go_none")
	for _, user := range []string{"go_rsa", "go_tls"} {
		exec(t, root, "CREATE USER "+user+" IDENTIFIED WITH caching_sha2_password BY 'sésame'")
	}
	exec(t, root, "CREATE USER go_none")
	as := func(user, password string, change func(*mysql.Config)) error {
		db := open(t, func(c *mysql.Config) {
			c.User, c.Passwd, c.DBName = user, password, ""
			if change != nil {
				change(c)
			}
		})
		var who string
		if err := db.QueryRow("SELECT CURRENT_USER()").Scan(&who); err != nil {
			return err
		}
		equal(t, who, user+"@%")
		return nil
	}
	must(t, as("go_rsa", "sésame", nil)) // asks for the server's key, encrypts the password
	must(t, as("go_rsa", "sésame", nil))
	must(t, as("go_tls", "sésame", func(c *mysql.Config) { c.TLS = &tls.Config{RootCAs: pool(t), ServerName: "localhost"} }))
	must(t, as("go_none", "", nil))
	must(t, as("go_none", "", func(c *mysql.Config) { c.TLS = &tls.Config{RootCAs: pool(t), ServerName: "localhost"} }))
	for _, wrong := range [][2]string{{"go_rsa", "sesame"}, {"go_rsa", ""}, {"go_none", "x"}, {"nobody", "x"}} {
		isError(t, as(wrong[0], wrong[1], nil), 1045)
	}
	// What is kept here is not what the old plugin goes by: nobody can have a password of it.
	_, err := root.Exec("CREATE USER go_native IDENTIFIED WITH mysql_native_password BY 'x'")
	isError(t, err, 1524)
	isError(t, open(t, func(c *mysql.Config) { c.DBName = "not_there" }).Ping(), 1049)
	exec(t, root, "DROP USER go_rsa, go_tls, go_none")
}
