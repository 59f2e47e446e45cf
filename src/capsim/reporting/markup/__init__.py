"""How a report looks: elements of HTML, drawings, and words in its languages."""
