//! The smallest PDF that shows a few lines of text: one page, one font that every reader has.

/// A page with these lines. What is not ASCII is left out: the font's own encoding ends there.
#[must_use]
pub fn pdf(lines: &[String]) -> Vec<u8> {
    let shown = |line: &String| {
        let text: String = line.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
        format!("({}) Tj 0 -24 Td", text.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)"))
    };
    let text: Vec<String> = lines.iter().map(shown).collect();
    let text = format!("BT /F1 16 Tf 72 760 Td {} ET", text.join(" "));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_owned(),
        format!("<< /Length {} >>\nstream\n{text}\nendstream", text.len()),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let (mut file, mut places) = ("%PDF-1.4\n".to_owned(), Vec::new());
    for (number, object) in (1..).zip(&objects) {
        places.push(format!("{:010} 00000 n \n", file.len()));
        file.push_str(&format!("{number} 0 obj\n{object}\nendobj\n"));
    }
    let (table, count) = (file.len(), objects.len() + 1);
    let places = places.concat();
    let end = format!("trailer\n<< /Size {count} /Root 1 0 R >>\nstartxref\n{table}\n%%EOF\n");
    format!("{file}xref\n0 {count}\n0000000000 65535 f \n{places}{end}").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_table_says_where_each_object_begins() {
        let file = String::from_utf8(pdf(&["Invoice (1)".to_owned(), "9.99 USD, für Ada".to_owned()])).unwrap();
        assert!(file.contains(r"(Invoice \(1\)) Tj") && file.contains("(9.99 USD, fr Ada) Tj"));
        let table = file.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse::<usize>().unwrap();
        assert!(file[table..].starts_with("xref"));
        for (number, line) in (1..).zip(file[table..].lines().skip(3).take(5)) {
            let place: usize = line[..10].parse().unwrap();
            assert!(file[place..].starts_with(&format!("{number} 0 obj")), "{number}");
        }
    }
}
