"""`python -m model refresh`: AWS's public price list into `data/prices`. Nothing else imports this package.

Source: METHOD.md "Price refresh".
"""
