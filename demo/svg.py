# SPDX-License-Identifier: BSD-2-Clause
"""A few shapes of SVG, self-contained: no style sheet, script or font from elsewhere."""
from xml.sax.saxutils import escape

FONT = "Inter, 'Helvetica Neue', Arial, 'DejaVu Sans', sans-serif"


def number(value):
    return f"{value:.1f}".removesuffix(".0")


class Canvas:
    def __init__(self, width, height, ink):
        self.ink = ink
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" font-family="{FONT}" '
            'style="font-variant-numeric: tabular-nums">',
            f'<rect width="{width}" height="{height}" fill="#fff"/>']

    def text(self):
        return "\n".join(self.parts + ["</svg>\n"])

    def write(self, x, y, text, size, colour=None, anchor="start", weight=400):
        self.parts.append(
            f'<text x="{number(x)}" y="{number(y)}" font-size="{size}" fill="{colour or self.ink}" '
            f'text-anchor="{anchor}" font-weight="{weight}">{escape(text)}</text>')

    @staticmethod
    def width(text, size):
        """About how wide a text is: fonts differ."""
        return 0.58 * size * len(text)

    def label(self, x, y, text, size, colour, weight=400):
        """A text that stands before what is behind it."""
        self.box(x, y - size, self.width(text, size) + 6, size + 5, "#fff")
        self.write(x, y, text, size, colour, weight=weight)

    def line(self, x0, y0, x1, y1, colour, width, dash=None, opacity=1):
        more = f' stroke-dasharray="{dash}"' if dash else ""
        more += f' opacity="{opacity}"' if opacity != 1 else ""
        self.parts.append(f'<path d="M{number(x0)} {number(y0)}L{number(x1)} {number(y1)}" '
                          f'stroke="{colour}" stroke-width="{width}"{more}/>')

    def box(self, x, y, width, height, colour):
        self.parts.append(f'<rect x="{number(x)}" y="{number(y)}" width="{number(width)}" '
                          f'height="{number(height)}" fill="{colour}"/>')

    def circle(self, x, y, radius, colour):
        self.parts.append(f'<circle cx="{number(x)}" cy="{number(y)}" r="{radius}" '
                          f'fill="{colour}"/>')

    def area(self, points, bottom, colour, opacity=0.16):
        """A line with a fill down to `bottom`."""
        if not points:
            return
        line = "L".join(f"{number(x)} {number(y)}" for x, y in points)
        x0, x1 = number(points[0][0]), number(points[-1][0])
        self.parts.append(f'<path d="M{x0} {number(bottom)}L{line}L{x1} {number(bottom)}Z" '
                          f'fill="{colour}" opacity="{opacity}"/>')
        self.parts.append(f'<path d="M{line}" fill="none" stroke="{colour}" stroke-width="1.7" '
                          'stroke-linejoin="round"/>')

    def steps(self, steps, colour, width):
        """(x0, x1, y) each."""
        line = "L".join(f"{number(x0)} {number(y)}H{number(x1)}" for x0, x1, y in steps)
        self.parts.append(f'<path d="M{line}" fill="none" stroke="{colour}" '
                          f'stroke-width="{width}" stroke-linejoin="round"/>')

    def strokes(self, xs, top, bottom, colour):
        """Upright strokes."""
        path = "".join(f"M{number(x)} {number(top)}V{number(bottom)}" for x in xs)
        self.parts.append(f'<path d="{path}" stroke="{colour}" stroke-width="0.5"/>')

    def scale_bar(self, left, y, width, span_ms, colour):
        """A round time, as long as it is in a picture of `span_ms` that is `width` wide."""
        length = next(ms for ms in (5000, 2000, 1000, 500, 200, 100, 50, 20)
                      if ms <= span_ms / 2)
        end = left + width * length / span_ms
        text = f"{length // 1000} s" if length >= 1000 else f"{length} ms"
        self.line(left, y, end, y, colour, 1)
        self.line(left, y - 3, left, y + 3, colour, 1)
        self.line(end, y - 3, end, y + 3, colour, 1)
        self.write(end + 6, y + 4, text, 11, colour)
