"""Reading what notebooks hold (Markdown, HTML, pictures, printed text) as blocks."""
