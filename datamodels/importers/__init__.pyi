from .workbooks import open_workbook

__all__ = ["open_workbook"]
